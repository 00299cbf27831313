#include "common.h"

static void once(lrmd_t *lrmd, const char *rsc, const char *action, int timeout)
{
	int call = lrmd->cmds->exec(lrmd, rsc, action, action, 0, timeout, 0, lrmd_opt_notify_orig_only, with("p", action));

	/* calls are numbered by the executor, from its start */
	printf("exec %s %s: %s\n", rsc, action, call > 0 ? "begun" : call < 0 ? pcmk_strerror(call) : "0");
	if (call > 0)
		await(1);
}

int main(void)
{
	static const char *const actions[] = {
		"ok", "code1", "code2", "code3", "code4", "code5", "code6", "code7", "code8", "code9", "code190", "code200",
		"reason", "empty-reason", "long-reason", "out", "both", "no-newline", "beyond-ascii", "long", "term",
		"segv", "monitor", "no such action", "meta-data",
	};
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->exec(lrmd, "r", "ok", NULL, 0, 0, 0, 0, with("a", "b")));
	lrmd_api_delete(lrmd);
	lrmd = connected();
	registered(lrmd, "r");
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
		once(lrmd, "r", actions[i], 15000);
	once(lrmd, "r", "hang", 300);
	once(lrmd, "r", "stubborn", 300);
	once(lrmd, "nobody", "start", 15000);
	NUM(lrmd->cmds->exec(lrmd, NULL, NULL, NULL, 0, 0, 0, 0, NULL));
	unregistered(lrmd, "r");
	once(lrmd, "r", "ok", 15000);
	lrmd_api_delete(lrmd);
	return T_END();
}
