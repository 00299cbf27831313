#include "common.h"

int main(void)
{
	svc_action_t *op = ocf("r", "start", 0, 15000);

	services_action_cleanup(NULL);
	services_action_cleanup(op);
	show("before it ran", op);
	NUM(services_action_sync(op));
	services_action_cleanup(op);
	show("after it ran", op);
	services_action_cleanup(op);
	show("twice", op);
	services_action_free(op);
	return T_END();
}
