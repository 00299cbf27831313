#include "common.h"

int main(void)
{
	static const char *const actions[] = { "start", "reason", "long", "noreason", "fail" };
	svc_action_t *op = ocf("r", "start", 0, 15000);

	IS(services__exit_reason(op) == NULL);
	services_action_free(op);
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
		const char *reason;

		op = ocf("r", actions[i], 0, 15000);
		services_action_sync(op);
		reason = services__exit_reason(op);
		printf("%s: %s\n", actions[i], reason ? reason : "(null)");
		IS(services__exit_reason(op) == reason);
		services_action_free(op);
	}
	return T_END();
}
