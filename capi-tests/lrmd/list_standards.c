#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();
	lrmd_list_t *list = NULL;
	int rc = lrmd->cmds->list_standards(lrmd, &list);

	show_list("standards", rc, list);
	list = NULL;
	rc = lrmd->cmds->list_standards(lrmd, &list);
	show_list("again", rc, list);
	lrmd_api_delete(lrmd);
	return T_END();
}
