#include "common.h"

int main(void)
{
	lrmd_key_value_t *list = NULL;

	list = lrmd_key_value_add(list, "a", "1");
	list = lrmd_key_value_add(list, "b", "2");
	list = lrmd_key_value_add(list, "a", "");
	list = lrmd_key_value_add(list, "", "no name");
	for (lrmd_key_value_t *each = list; each; each = each->next)
		printf("%s=%s\n", each->key, each->value);
	lrmd_key_value_freeall(list);
	return T_END();
}
