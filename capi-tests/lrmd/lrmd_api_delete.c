#include "common.h"

int main(void)
{
	lrmd_t *lrmd;

	lrmd_api_delete(NULL);
	lrmd_api_delete(lrmd_api_new());
	lrmd = connected();
	lrmd_api_delete(lrmd);
	/* one that ended its connection before */
	lrmd = connected();
	NUM(lrmd->cmds->disconnect(lrmd));
	lrmd_api_delete(lrmd);
	return T_END();
}
