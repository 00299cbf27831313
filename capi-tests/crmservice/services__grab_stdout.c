#include "common.h"

int main(void)
{
	static const char *const actions[] = { "stop", "fail", "megabytes", "nonewline" };

	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
		svc_action_t *op = ocf("r", actions[i], 0, 15000);
		char *taken = services__grab_stdout(op);

		text("before", taken);
		services_action_sync(op);
		taken = services__grab_stdout(op);
		text("after", taken);
		free(taken);
		text("twice", services__grab_stdout(op));
		printf("\n");
		show("left", op);
		services_action_free(op);
	}
	return T_END();
}
