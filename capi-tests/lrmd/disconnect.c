#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->disconnect(lrmd));
	NUM(lrmd->cmds->connect(lrmd, "program", NULL));
	NUM(lrmd->cmds->disconnect(lrmd));
	NUM(lrmd->cmds->disconnect(lrmd));
	NUM(lrmd->cmds->poke_connection(lrmd));
	lrmd_api_delete(lrmd);
	return T_END();
}
