#include "common.h"

int main(void)
{
	svc_action_t *op;

	NUM(services_action_kick("r", "monitor", 3600000));
	NUM(services_action_async(ocf("r", "monitor", 3600000, 15000), ended));
	await(1);
	NUM(services_action_kick("r", "monitor", 3600000));
	await(1);
	NUM(services_action_kick("r", "monitor", 1));
	NUM(services_action_kick("R", "monitor", 3600000));
	NUM(services_action_kick("r", "start", 3600000));
	/* the same again takes the first one's place, with its callback */
	op = ocf("r", "monitor", 3600000, 15000);
	op->cb_data = (void *) "other data";
	NUM(services_action_async(op, ended));
	NUM(services_action_kick("r", "monitor", 3600000));
	await(1);
	NUM(services_action_cancel("r", "monitor", 3600000));
	NUM(services_action_kick("r", "monitor", 3600000));
	return T_END();
}
