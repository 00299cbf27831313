#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	show_recurring(lrmd, NULL);
	lrmd_api_delete(lrmd);
	lrmd = connected();
	NUM(lrmd->cmds->get_recurring_ops(lrmd, "r", 0, 0, NULL));
	show_recurring(lrmd, NULL);
	registered(lrmd, "r");
	show_recurring(lrmd, "r");
	IS(lrmd->cmds->exec(lrmd, "r", "code7", "recurs", 3600000, 15000, 0, 0, NULL) > 0);
	await(1);
	show_recurring(lrmd, "r");
	show_recurring(lrmd, NULL);
	show_recurring(lrmd, "nobody");
	show_recurring(lrmd, "");
	NUM(lrmd->cmds->cancel(lrmd, "r", "code7", 3600000));
	await(1);
	show_recurring(lrmd, "r");
	unregistered(lrmd, "r");
	lrmd_api_delete(lrmd);
	return T_END();
}
