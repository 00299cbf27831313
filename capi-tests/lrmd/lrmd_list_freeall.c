#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();
	lrmd_list_t *list = NULL;

	lrmd_list_freeall(NULL);
	IS(lrmd->cmds->list_standards(lrmd, &list) > 0);
	lrmd_list_freeall(list);
	lrmd_api_delete(lrmd);
	return T_END();
}
