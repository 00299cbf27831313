#include "common.h"

int main(void)
{
	static const char *const names[] = { "script", "bare-script", "text", "nosuch", "/etc/init.d/script", "" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *class = resources_find_service_class(names[i]);

		printf("%s: %s\n", names[i], class ? class : "none");
	}
	return T_END();
}
