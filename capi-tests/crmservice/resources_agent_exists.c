#include "common.h"

int main(void)
{
	static const char *const standards[] = { "ocf", "lsb", "service", "systemd", "nagios", "stonith", "OCF", "x", "", NULL };
	static const char *const providers[] = { "test", "other", "nobody", "", NULL };
	static const char *const agents[] = { "agent", "another", "script", "plain", "folder", "nosuch", "" };

	for (size_t i = 0; i < G_N_ELEMENTS(standards); i++)
		for (size_t j = 0; j < G_N_ELEMENTS(providers); j++) {
			printf("%s:%s:", standards[i] ? standards[i] : "(null)", providers[j] ? providers[j] : "(null)");
			for (size_t k = 0; k < G_N_ELEMENTS(agents); k++)
				printf(" %s=%d", agents[k], resources_agent_exists(standards[i], providers[j], agents[k]));
			printf("\n");
		}
	NUM(resources_agent_exists("ocf", "test", NULL));
	NUM(resources_agent_exists(NULL, NULL, NULL));
	return T_END();
}
