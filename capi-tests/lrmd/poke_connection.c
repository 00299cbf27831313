#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->poke_connection(lrmd));
	lrmd_api_delete(lrmd);
	lrmd = connected();
	NUM(lrmd->cmds->poke_connection(lrmd));
	await(1);
	NUM(lrmd->cmds->poke_connection(lrmd));
	await(1);
	lrmd_api_delete(lrmd);
	return T_END();
}
