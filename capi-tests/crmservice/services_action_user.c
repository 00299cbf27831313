#include "common.h"

int main(void)
{
	static const char *const users[] = { "nobody", "daemon", "root", "no-such-user", "", "0" };
	svc_action_t *op = ocf("r", "who", 0, 15000);

	for (size_t i = 0; i < G_N_ELEMENTS(users); i++) {
		printf("%s: %d\n", users[i], services_action_user(op, users[i]));
	}
	NUM(services_action_user(op, "nobody"));
	NUM(services_action_sync(op));
	show("nobody", op);
	services_action_free(op);
	op = ocf("r", "who", 0, 15000);
	NUM(services_action_user(op, "daemon"));
	NUM(services_action_user(op, "no-such-user"));
	NUM(services_action_async(op, ended));
	await(1);
	return T_END();
}
