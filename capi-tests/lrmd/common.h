/* What the programs share: how events are shown and awaited, and the internal functions. */
#include "t.h"

#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>

#include <crm/common/results.h>
#include <crm/lrmd.h>
#include <crm/services.h>

/* Internal functions, whose headers aren't installed. */
typedef struct {
	int exit_status;
	enum pcmk_exec_status execution_status;
	char *exit_reason;
	char *action_stdout;
	char *action_stderr;
} result_t;

extern int lrmd__new(lrmd_t **api, const char *node, const char *server, int port);
extern int lrmd__metadata_async(lrmd_rsc_info_t *rsc, void (*callback)(int, const result_t *, void *), void *data);
extern void lrmd__set_result(lrmd_event_data_t *event, enum ocf_exitcode rc, int status, const char *reason);
extern void lrmd__reset_result(lrmd_event_data_t *event);

/* Events that came. */
static int heard;

T_UNUSED static void show(const char *name, const char *value)
{
	if (value && strlen(value) > 1000)
		printf(" %s=(%zu bytes)", name, strlen(value));
	else if (value)
		printf(" %s='%s'", name, value);
}

static void show_pair(gpointer key, gpointer data)
{
	GHashTable *table = data;

	printf(" [%s=%s]", (char *) key, (char *) g_hash_table_lookup(table, key));
}

T_UNUSED static void show_table(GHashTable *table)
{
	GList *keys = table ? g_list_sort(g_hash_table_get_keys(table), (GCompareFunc) strcmp) : NULL;

	g_list_foreach(keys, show_pair, table);
	g_list_free(keys);
}

T_UNUSED static void show_event(const lrmd_event_data_t *event)
{
	printf("event %s", lrmd_event_type2str(event->type));
	show("rsc", event->rsc_id);
	show("op", event->op_type);
	show("data", event->user_data);
	printf(" interval=%u timeout=%d delay=%d deleted=%d rc=%d status=%d connection=%d", event->interval_ms,
	       event->timeout, event->start_delay, event->rsc_deleted, event->rc, event->op_status,
	       event->connection_rc);
	printf(" ran=%d changed=%d", event->t_run != 0, event->t_rcchange != 0);
	show("output", event->output);
	show("reason", event->exit_reason);
	show("node", event->remote_nodename);
	show_table(event->params);
	printf("\n");
	fflush(stdout);
}

T_UNUSED static void on_event(lrmd_event_data_t *event)
{
	heard++;
	show_event(event);
}

/* Runs the main loop until so many events came since the last call. */
T_UNUSED static void await(int events)
{
	while (heard < events)
		g_main_context_iteration(NULL, TRUE);
	heard -= events;
}

T_UNUSED static lrmd_key_value_t *with(const char *key, const char *value)
{
	return lrmd_key_value_add(NULL, key, value);
}

T_UNUSED static void show_list(const char *what, int rc, lrmd_list_t *list)
{
	printf("%s: %d\n", what, rc);
	for (lrmd_list_t *each = list; each; each = each->next)
		printf(" %s\n", each->val);
	fflush(stdout);
	lrmd_list_freeall(list);
}

/* A client of the executor, connected, and its first event. */
T_UNUSED static lrmd_t *connected(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	lrmd->cmds->set_callback(lrmd, on_event);
	NEED(lrmd->cmds->connect(lrmd, "program", NULL) == pcmk_ok ? CS_OK : CS_ERR_LIBRARY);
	return lrmd;
}

/* A resource that isn't the executor's any more when it ends. */
T_UNUSED static void registered(lrmd_t *lrmd, const char *id)
{
	NUM(lrmd->cmds->register_rsc(lrmd, id, "ocf", "test", "Agent", 0));
	await(1);
}

T_UNUSED static void unregistered(lrmd_t *lrmd, const char *id)
{
	NUM(lrmd->cmds->unregister_rsc(lrmd, id, 0));
	await(1);
}
