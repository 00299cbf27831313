#include "common.h"

static void run(svc_action_t *op)
{
	NUM(services_action_sync(op));
	show("result", op);
	services_action_free(op);
}

int main(void)
{
	svc_action_t *op;

	NUM(services_action_sync(NULL));
	run_all(run, run);
	/* of a recurring one the first turn */
	run(ocf("r", "monitor", 3600000, 15000));
	op = ocf("r", "start", 0, 15000);
	NUM(services_action_sync(op));
	NUM(services_action_sync(op));
	show("twice", op);
	services_action_free(op);
	return T_END();
}
