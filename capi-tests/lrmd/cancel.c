#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->cancel(lrmd, "r", "ok", 0));
	lrmd_api_delete(lrmd);
	lrmd = connected();
	registered(lrmd, "r");
	NUM(lrmd->cmds->cancel(lrmd, NULL, NULL, 0));
	NUM(lrmd->cmds->cancel(lrmd, "nobody", "code7", 3600000));
	NUM(lrmd->cmds->cancel(lrmd, "r", "code7", 3600000));
	IS(lrmd->cmds->exec(lrmd, "r", "code7", "recurs", 3600000, 15000, 0, 0, with("p", "q")) > 0);
	await(1);
	NUM(lrmd->cmds->cancel(lrmd, "r", "code7", 1));
	NUM(lrmd->cmds->cancel(lrmd, "r", "code8", 3600000));
	NUM(lrmd->cmds->cancel(lrmd, "r", "code7", 3600000));
	await(1);
	NUM(lrmd->cmds->cancel(lrmd, "r", "code7", 3600000));
	unregistered(lrmd, "r");
	lrmd_api_delete(lrmd);
	return T_END();
}
