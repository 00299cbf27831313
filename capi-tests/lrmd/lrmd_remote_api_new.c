#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_remote_api_new("n2", "127.0.0.1", 3121);

	IS(lrmd != NULL);
	NUM(lrmd->cmds->is_connected(lrmd));
	NUM(lrmd->cmds->disconnect(lrmd));
	lrmd_api_delete(lrmd);
	lrmd = lrmd_remote_api_new("n2", NULL, 0);
	IS(lrmd != NULL);
	lrmd_api_delete(lrmd);
	return T_END();
}
