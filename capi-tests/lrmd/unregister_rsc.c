#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->unregister_rsc(lrmd, "r", 0));
	lrmd_api_delete(lrmd);
	lrmd = connected();
	NUM(lrmd->cmds->unregister_rsc(lrmd, NULL, 0));
	registered(lrmd, "r");
	unregistered(lrmd, "r");
	puts("twice");
	unregistered(lrmd, "r");
	unregistered(lrmd, "nobody");
	unregistered(lrmd, "");
	lrmd_api_delete(lrmd);
	return T_END();
}
