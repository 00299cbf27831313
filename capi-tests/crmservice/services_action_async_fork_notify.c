#include "common.h"

int main(void)
{
	svc_action_t *op;

	NUM(services_action_async_fork_notify(ocf("r", "start", 0, 15000), ended, forked));
	await(1);
	NUM(services_action_async_fork_notify(ocf("r", "start", 0, 15000), ended, NULL));
	await(1);
	NUM(services_action_async_fork_notify(ocf("r", "start", 0, 15000), NULL, forked));
	/* waits for the one before */
	NUM(services_action_async_fork_notify(ocf("r", "stop", 0, 15000), ended, forked));
	await(1);
	NUM(services_action_async_fork_notify(ocf("r", "monitor", 50, 15000), ended, forked));
	await(2);
	NUM(services_action_cancel("r", "monitor", 50));
	awaited = 0;
	op = services__create_resource_action("r", "lsb", NULL, "/nosuch/agent", "start", 0, 15000, NULL, 0);
	NUM(services_action_async_fork_notify(op, ended, forked));
	await(1);
	op = program(AGENTS "/missing", NULL);
	NUM(services_action_async_fork_notify(op, ended, forked));
	await(1);
	return T_END();
}
