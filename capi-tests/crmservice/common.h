/* What the programs share: agents of host.sh, how an action is shown, and a main loop that runs until actions ended. */
#include "t.h"

#include <crm/crm.h>
#include <crm/services.h>
#include <glib.h>

/* The library's internal functions, which no installed header has. */
svc_action_t *services__create_resource_action(const char *name, const char *standard, const char *provider,
					       const char *agent, const char *action, guint interval_ms, int timeout,
					       GHashTable *params, enum svc_action_flags flags);
const char *services__exit_reason(svc_action_t *action);
char *services__grab_stdout(svc_action_t *action);
char *services__grab_stderr(svc_action_t *action);
void services__set_result(svc_action_t *action, int agent_status, enum pcmk_exec_status exec_status, const char *reason);
void services__format_result(svc_action_t *action, int agent_status, enum pcmk_exec_status exec_status,
			     const char *format, ...);

#define AGENTS "/usr/lib/ocf/resource.d/test"

/* Actions whose end is awaited. */
static int awaited;

T_UNUSED static void text(const char *name, const char *value)
{
	if (value == NULL) {
		printf(" %s=(null)", name);
	} else if (strlen(value) > 2000) {
		printf(" %s=%zu bytes, %08x", name, strlen(value), g_str_hash(value));
	} else {
		char *shown = g_strescape(value, NULL);

		printf(" %s=\"%s\"", name, shown);
		g_free(shown);
	}
}

T_UNUSED static void show(const char *what, svc_action_t *op)
{
	printf("%s:", what);
	if (op == NULL) {
		printf(" none\n");
		return;
	}
	text("id", op->id);
	text("rsc", op->rsc);
	text("action", op->action);
	printf(" interval=%u timeout=%d", op->interval_ms, op->timeout);
	text("standard", op->standard);
	text("provider", op->provider);
	text("agent", op->agent);
	printf(" params=%d", op->params ? (int) g_hash_table_size(op->params) : -1);
	printf(" rc=%d status=%d cancel=%d flags=%d", op->rc, op->status, op->cancel, (int) op->flags);
	text("reason", services__exit_reason(op));
	text("out", op->stdout_data);
	text("err", op->stderr_data);
	text("data", op->cb_data);
	printf("\n");
	fflush(stdout);
}

T_UNUSED static void ended(svc_action_t *op)
{
	show("ended", op);
	awaited--;
}

T_UNUSED static void forked(svc_action_t *op)
{
	printf("forked: %s\n", op->id);
}

/* Runs the main loop until so many more actions ended. */
T_UNUSED static void await(int actions)
{
	awaited += actions;
	while (awaited > 0)
		g_main_context_iteration(NULL, TRUE);
}

T_UNUSED static GHashTable *table(const char *name, const char *value)
{
	GHashTable *made = g_hash_table_new_full(g_str_hash, g_str_equal, free, free);

	g_hash_table_insert(made, strdup(name), value ? strdup(value) : NULL);
	return made;
}

/* An action of the agent that host.sh has. */
T_UNUSED static svc_action_t *ocf(const char *resource, const char *action, guint interval, int timeout)
{
	return services__create_resource_action(resource, "ocf", "test", "agent", action, interval, timeout,
						table("name", "a value"), 0);
}

/* The reference's main loop needs a name. */
T_UNUSED static svc_action_t *program(const char *file, const char **arguments)
{
	svc_action_t *op = services_action_create_generic(file, arguments);

	op->id = strdup("program");
	op->timeout = 15000;
	return op;
}

/* Names in a list, which is freed. */
T_UNUSED static void list(const char *what, GList *found)
{
	printf("%s:%s", what, found ? "" : " none");
	for (GList *at = found; at != NULL; at = at->next)
		printf(" %s", (const char *) at->data);
	printf("\n");
	fflush(stdout);
	g_list_free_full(found, free);
}

/* Runs good agents, bad ones and slow ones; `run_broken` what can't be run. */
T_UNUSED static void run_all(void (*run)(svc_action_t *op), void (*run_broken)(svc_action_t *op))
{
	static const char *const actions[] = { "start", "stop", "monitor", "fail", "high", "reason", "long", "noreason",
					       "megabytes", "nonewline", "bytes", "segv", "term", "environment",
					       "meta-data", "bad", "nosuch" };
	static const char *const files[] = { "missing", "plain", "folder", "interpreter", "bare", "empty" };
	static const char *const slow[] = { "hang", "deaf", "group" };

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

		run_broken(services__create_resource_action("r", "ocf", "test", files[i], "start", 0, 15000, NULL, 0));
		run_broken(services__create_resource_action("r", "lsb", NULL, path, "monitor", 0, 15000, NULL, 0));
		run_broken(program(path, NULL));
		g_free(path);
	}
}

/* What is taken of an action's output before it runs, after that, and once more. */
T_UNUSED static void grab_all(char *(*grab)(svc_action_t *op))
{
	static const char *const actions[] = { "stop", "fail", "megabytes", "nonewline" };

	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
		svc_action_t *op = ocf("r", actions[i], 0, 15000);
		char *taken = grab(op);

		text("before", taken);
		services_action_sync(op);
		taken = grab(op);
		text("after", taken);
		free(taken);
		text("twice", grab(op));
		printf("\n");
		show("left", op);
		services_action_free(op);
	}
}
