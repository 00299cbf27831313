/* Waiting for what the GLib main loop brings. */
#include "common.h"

/* Runs the main loop until `*counter` is `wanted` or more; ten seconds at most. */
T_UNUSED static void await(const int *counter, int wanted)
{
	long long until = t_now() + 10000;

	while (*counter < wanted && t_now() < until) {
		g_main_context_iteration(NULL, FALSE);
		t_sleep(1);
	}
	if (*counter < wanted)
		printf("%d of %d came\n", *counter, wanted);
}

/* Runs the main loop until all that was sent before is there: the manager answers in order. */
T_UNUSED static int replies;

T_UNUSED static void on_reply(xmlNode *msg, int call, int rc, xmlNode *output, void *data)
{
	replies++;
}

T_UNUSED static void settle(cib_t *cib)
{
	int call = cib->cmds->noop(cib, cib_scope_local);

	replies = 0;
	NUM(cib->cmds->register_callback(cib, call, 60, FALSE, NULL, "settle", on_reply));
	await(&replies, 1);
}
