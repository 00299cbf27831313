#include "common.h"

int main(void)
{
	static const char *const standards[] = { "ocf", "lsb", "service", "systemd", "nagios", "stonith", "OCF", "x", "" };

	for (size_t i = 0; i < G_N_ELEMENTS(standards); i++)
		list(standards[i], resources_list_providers(standards[i]));
	list("null", resources_list_providers(NULL));
	list("again", resources_list_providers("ocf"));
	return T_END();
}
