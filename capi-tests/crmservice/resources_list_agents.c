#include "common.h"

int main(void)
{
	static const char *const standards[] = { "ocf", "lsb", "service", "nagios", "upstart", "stonith", "OCF", "LSB", "x",
						 "" };

	for (size_t i = 0; i < G_N_ELEMENTS(standards); i++) {
		list(standards[i], resources_list_agents(standards[i], NULL));
		list(" of test", resources_list_agents(standards[i], "test"));
		list(" of nobody", resources_list_agents(standards[i], "nobody"));
		list(" of ''", resources_list_agents(standards[i], ""));
	}
	list("all", resources_list_agents(NULL, NULL));
	list("all of test", resources_list_agents(NULL, "test"));
	list("again", resources_list_agents("ocf", "test"));
	return T_END();
}
