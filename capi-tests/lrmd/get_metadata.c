#include "common.h"

int main(void)
{
	static const char *const specs[][3] = {
		{ "ocf", "test", "Agent" }, { "ocf", "heartbeat", "Dummy" }, { "lsb", NULL, "script" },
		{ "service", NULL, "script" }, { "ocf", "test", "Missing" }, { "ocf", "test", "Plain" },
		{ "ocf", NULL, "Dummy" }, { "no-such", NULL, "Dummy" }, { "lsb", NULL, "no-such" }, { NULL, NULL, "Dummy" },
		{ "ocf", "test", NULL }, { "stonith", NULL, "no-such" }, { "STONITH", NULL, "no-such" },
	};
	lrmd_t *lrmd = lrmd_api_new();

	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++)
		for (int turn = 0; turn < 2; turn++) {
			char *text = NULL;
			int rc = lrmd->cmds->get_metadata(lrmd, specs[i][0], specs[i][1], specs[i][2], &text, 0);

			printf("%s:%s:%s: %d %s\n", specs[i][0] ? specs[i][0] : "-", specs[i][1] ? specs[i][1] : "-",
			       specs[i][2] ? specs[i][2] : "-", rc, text ? text : "");
			free(text);
		}
	lrmd_api_delete(lrmd);
	return T_END();
}
