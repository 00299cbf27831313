#include "common.h"

static void run(svc_action_t *op)
{
	if (NUM(services_action_async(op, ended)))
		await(1);
}

/* Its callback is told before the call's end, and it is freed by then. */
static void run_broken(svc_action_t *op)
{
	if (op->rc != PCMK_OCF_UNKNOWN) {
		show("refused", op);
		services_action_free(op);
		return;
	}
	NUM(services_action_async(op, ended));
	await(1);
}

int main(void)
{
	static const char *const order[] = { "reason", "fail", "stop" };
	svc_action_t *op;

	run_all(run, run_broken);
	puts("one at a time");
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		NUM(services_action_async(ocf("r", order[i], 0, 15000), ended));
	await(3);
	puts("recurring");
	NUM(services_action_async(ocf("r", "monitor", 50, 15000), ended));
	await(3);
	NUM(services_action_cancel("r", "monitor", 50));
	awaited = 0;
	puts("recurring, and can't be run");
	op = services__create_resource_action("r", "lsb", NULL, "/nosuch/agent", "monitor", 3600000, 15000, NULL, 0);
	NUM(services_action_async(op, ended));
	await(1);
	NUM(services_action_cancel("r", "monitor", 3600000));
	await(1);
	puts("no callback");
	NUM(services_action_async(ocf("r", "start", 0, 15000), NULL));
	/* the next one on the resource ends after it */
	run(ocf("r", "stop", 0, 15000));
	puts("beside another");
	NUM(services_action_async(ocf("r", "hang", 0, 15000), NULL));
	op = ocf("r", "stop", 0, 15000);
	op->flags = SVC_ACTION_NON_BLOCKED;
	run(op);
	return T_END();
}
