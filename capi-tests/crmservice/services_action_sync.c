#include "common.h"

static void run(svc_action_t *op)
{
	NUM(services_action_sync(op));
	show("result", op);
	services_action_free(op);
}

int main(void)
{
	static const char *const actions[] = { "start", "stop", "monitor", "fail", "high", "reason", "long", "noreason",
					       "megabytes", "nonewline", "bytes", "segv", "term", "environment",
					       "meta-data", "bad", "nosuch" };
	static const char *const files[] = { "missing", "plain", "folder", "interpreter", "bare", "empty" };
	static const char *const slow[] = { "hang", "deaf", "group" };

	svc_action_t *op;

	NUM(services_action_sync(NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
		run(ocf("r", actions[i], 0, 15000));
		run(services__create_resource_action("r", "lsb", NULL, AGENTS "/agent", actions[i], 0, 15000, NULL, 0));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(slow); i++) {
		run(ocf("r", slow[i], 0, 300));
		run(services__create_resource_action("r", "lsb", NULL, AGENTS "/agent", slow[i], 0, 300, NULL,
						     SVC_ACTION_LEAVE_GROUP));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		char *path = g_strdup_printf(AGENTS "/%s", files[i]);

		run(services__create_resource_action("r", "ocf", "test", files[i], "start", 0, 15000, NULL, 0));
		run(services__create_resource_action("r", "lsb", NULL, path, "monitor", 0, 15000, NULL, 0));
		run(program(path, NULL));
		g_free(path);
	}
	/* of a recurring one the first turn */
	run(ocf("r", "monitor", 3600000, 15000));
	op = ocf("r", "start", 0, 15000);
	NUM(services_action_sync(op));
	NUM(services_action_sync(op));
	show("twice", op);
	services_action_free(op);
	return T_END();
}
