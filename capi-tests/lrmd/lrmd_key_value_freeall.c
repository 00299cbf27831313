#include "common.h"

int main(void)
{
	lrmd_key_value_freeall(NULL);
	lrmd_key_value_freeall(with("a", "b"));
	lrmd_key_value_freeall(lrmd_key_value_add(with("a", "b"), "a", "c"));
	return T_END();
}
