/* What the library itself gives agents of the classes: secrets, standard input, signals and descriptors, meta-data. */
#include "common.h"

static void both(svc_action_t *sync, svc_action_t *async)
{
	NUM(services_action_sync(sync));
	show("result", sync);
	services_action_free(sync);
	NUM(services_action_async_fork_notify(async, ended, forked));
	await(1);
}

/* Parameters that are kept apart from the configuration: one that is there, one that isn't the one that is signed, one
   without a signature, one that isn't there. */
static void secrets(void)
{
	static const char *const parameters[] = { "good", "bad", "unsigned", "none" };
	static const char *const actions[] = { "environment", "stop" };

	for (size_t i = 0; i < G_N_ELEMENTS(parameters); i++)
		for (size_t j = 0; j < G_N_ELEMENTS(actions); j++) {
			svc_action_t *op[2];

			for (int k = 0; k < 2; k++)
				op[k] = services__create_resource_action("s", "ocf", "test", "agent", actions[j], 0, 15000,
									 table(parameters[i], "lrm://"), 0);
			both(op[0], op[1]);
		}
}

static svc_action_t *fence(void)
{
	const char *listing[] = { "-c", "cat", NULL };
	svc_action_t *op = program("/bin/sh", listing);

	op->standard = strdup("stonith");
	op->agent = strdup("fence_x");
	op->params = table("port", "1");
	return op;
}

static void metadata(const char *standard, const char *provider, const char *agent)
{
	svc_action_t *op = services__create_resource_action("m", standard, provider, agent, "meta-data", 0, 15000, NULL, 0);

	show("made", op);
	NUM(services_action_sync(op));
	printf("%s\n", op->stdout_data ? op->stdout_data : "(null)");
	services_action_free(op);
}

int main(void)
{
	secrets();
	both(ocf("r", "process", 0, 15000), ocf("r", "process", 0, 15000));
	both(ocf("r", "linger", 0, 15000), ocf("r", "linger", 0, 15000));
	both(fence(), fence());
	metadata("ocf", "test", "agent");
	metadata("lsb", NULL, "script");
	metadata("lsb", NULL, "bare-script");
	metadata("service", NULL, "script");
	metadata("lsb", NULL, "nosuch");
	metadata("nagios", NULL, "nosuch");
	metadata("x", NULL, "agent");
	return T_END();
}
