#include "common.h"

int main(void)
{
	static const char *const specs[][4] = {
		{ "r", "ocf", "test", "Agent" }, { "r", "ocf", "test", "Agent" }, { "r", "ocf", "test", "Other" },
		{ "l", "lsb", NULL, "script" }, { "s", "service", NULL, "script" }, { "m", "ocf", "test", "Missing" },
		{ "w", "no-such", NULL, "Agent" }, { "x", "OCF", "test", "Agent" }, { "y", "ocf", NULL, "Agent" },
		{ "y", NULL, NULL, "Agent" }, { "y", "ocf", "test", NULL }, { NULL, "ocf", "test", "Agent" },
		{ "\xc3\xa9", "ocf", "test", "Agent" }, { "& <\">", "ocf", "test", "Agent" },
	};
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->register_rsc(lrmd, "r", "ocf", "test", "Agent", 0));
	lrmd_api_delete(lrmd);
	lrmd = connected();
	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++) {
		int rc = lrmd->cmds->register_rsc(lrmd, specs[i][0], specs[i][1], specs[i][2], specs[i][3], 0);

		printf("%s: %d\n", specs[i][0] ? specs[i][0] : "(none)", rc);
		if (rc == pcmk_ok)
			await(1);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++)
		if (specs[i][0] && lrmd->cmds->unregister_rsc(lrmd, specs[i][0], 0) == pcmk_ok)
			await(1);
	lrmd_api_delete(lrmd);
	return T_END();
}
