#include "common.h"

int main(void)
{
	static const char *const standards[] = { "ocf", "lsb", "service", "stonith", "systemd", "nagios", "no-such", "", NULL };
	static const char *const providers[] = { "test", "heartbeat", "no-such", "", NULL };
	lrmd_t *lrmd = lrmd_api_new();

	for (size_t i = 0; i < G_N_ELEMENTS(standards); i++)
		for (size_t j = 0; j < G_N_ELEMENTS(providers); j++) {
			lrmd_list_t *list = NULL;
			int rc = lrmd->cmds->list_agents(lrmd, &list, standards[i], providers[j]);

			printf("%s:", standards[i] ? standards[i] : "all");
			show_list(providers[j] ? providers[j] : "all", rc, list);
		}
	lrmd_api_delete(lrmd);
	return T_END();
}
