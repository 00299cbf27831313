#include "common.h"

int main(void)
{
	static const char *const standards[] = { "ocf", "lsb", "systemd", "service", "nagios", "stonith", "LSB", "x", "", NULL };
	static const char *const actions[] = { "start", "status", "monitor", "stop", "", NULL };

	for (size_t i = 0; i < G_N_ELEMENTS(standards); i++)
		for (size_t j = 0; j < G_N_ELEMENTS(actions); j++) {
			printf("%s %s:", standards[i] ? standards[i] : "(null)", actions[j] ? actions[j] : "(null)");
			for (int code = -1; code < 257; code++)
				printf(" %d", services_result2ocf(standards[i], actions[j], code));
			printf("\n");
		}
	return T_END();
}
