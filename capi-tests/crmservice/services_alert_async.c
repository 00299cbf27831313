#include "common.h"

int main(void)
{
	setenv("GIVEN", "by the parent", 1);
	NUM(services_alert_async(services_alert_create("one", AGENTS "/environment", 15000, table("GIVEN", "by the caller"), 42,
						       (void *) "data"), ended));
	await(1);
	NUM(services_alert_async(services_alert_create("two", AGENTS "/environment", 15000, NULL, 43, NULL), ended));
	await(1);
	NUM(services_alert_async(services_alert_create("three", "/nosuch/alert", 15000, NULL, 44, NULL), ended));
	await(1);
	NUM(services_alert_async(services_alert_create("four", AGENTS "/plain", 15000, NULL, 44, NULL), ended));
	await(1);
	return T_END();
}
