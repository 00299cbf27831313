#include "common.h"

#include <unistd.h>

static pid_t process;

static void started(svc_action_t *op)
{
	process = op->pid;
	forked(op);
}

/* The reference kills a group, which the process makes itself. */
static void await_group(void)
{
	while (getpgid(process) != process)
		t_sleep(1);
}

int main(void)
{
	NUM(services_action_cancel("r", "monitor", 3600000));
	NUM(services_action_async(ocf("r", "monitor", 3600000, 15000), ended));
	await(1);
	NUM(services_action_cancel("R", "monitor", 3600000));
	NUM(services_action_cancel("r", "monitor", 3600001));
	NUM(services_action_cancel("r", "start", 3600000));
	NUM(services_action_cancel("r", "monitor", 3600000));
	NUM(services_action_cancel("r", "monitor", 3600000));

	puts("while it runs");
	NUM(services_action_async_fork_notify(ocf("r", "hang", 3600000, 15000), ended, started));
	await_group();
	NUM(services_action_cancel("r", "hang", 3600000));
	await(1);
	NUM(services_action_cancel("r", "hang", 3600000));

	puts("while it waits for another");
	NUM(services_action_async(ocf("r", "hang", 0, 300), ended));
	NUM(services_action_async(ocf("r", "monitor", 3600000, 15000), ended));
	NUM(services_action_cancel("r", "monitor", 3600000));
	await(2);

	puts("not recurring");
	NUM(services_action_async(ocf("r", "start", 0, 15000), ended));
	NUM(services_action_cancel("r", "start", 0));
	await(1);
	return T_END();
}
