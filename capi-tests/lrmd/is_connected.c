#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->is_connected(lrmd));
	NUM(lrmd->cmds->connect(lrmd, "program", NULL));
	NUM(lrmd->cmds->is_connected(lrmd));
	NUM(lrmd->cmds->disconnect(lrmd));
	NUM(lrmd->cmds->is_connected(lrmd));
	lrmd_api_delete(lrmd);
	return T_END();
}
