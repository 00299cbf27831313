#include "common.h"

int main(void)
{
	svc_action_t *op = services_alert_create("one", "/run/alert", 1000, table("a", "b"), 42, (void *) "data");

	show("made", op);
	NUM(op->sequence);
	services_action_free(op);
	op = services_alert_create("two", "/nosuch", 0, NULL, -1, NULL);
	show("made", op);
	NUM(op->sequence);
	services_action_free(op);
	op = services_alert_create("", "/run/alert", -1, NULL, 0, NULL);
	show("made", op);
	services_action_free(op);
	return T_END();
}
