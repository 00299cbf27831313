#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	puts("no callback");
	NUM(lrmd->cmds->connect_async(lrmd, "program", 1000));
	lrmd->cmds->set_callback(lrmd, on_event);
	NUM(lrmd->cmds->connect_async(lrmd, "program", 1000));
	await(1);
	NUM(lrmd->cmds->is_connected(lrmd));
	NUM(lrmd->cmds->disconnect(lrmd));
	lrmd_api_delete(lrmd);
	return T_END();
}
