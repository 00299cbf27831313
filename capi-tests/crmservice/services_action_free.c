#include "common.h"

int main(void)
{
	svc_action_t *op;

	services_action_free(NULL);
	services_action_free(ocf("r", "start", 0, 15000));
	services_action_free(services_action_create_generic("/bin/true", NULL));
	op = ocf("r", "start", 0, 15000);
	NUM(services_action_sync(op));
	services_action_free(op);
	/* one that runs stays: its end is told */
	op = ocf("r", "start", 0, 15000);
	NUM(services_action_async(op, ended));
	services_action_free(op);
	await(1);
	op = ocf("r", "monitor", 3600000, 15000);
	NUM(services_action_async(op, ended));
	services_action_free(op);
	await(1);
	NUM(services_action_cancel("r", "monitor", 3600000));
	return T_END();
}
