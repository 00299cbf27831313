/*
 * How events of liblrmd are shown and awaited, and its internal functions: for the programs of this folder, and for whole
 * sessions (src/capi/lrmd/tests).
 */
#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

G_GNUC_UNUSED static void show(const char *name, const char *value)
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

G_GNUC_UNUSED static void show_table(GHashTable *table)
{
	GList *keys = table ? g_list_sort(g_hash_table_get_keys(table), (GCompareFunc) strcmp) : NULL;

	g_list_foreach(keys, show_pair, table);
	g_list_free(keys);
}

G_GNUC_UNUSED static void show_event(const lrmd_event_data_t *event)
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

/* Runs the main loop until so many events came since the last call. */
G_GNUC_UNUSED static void await(int events)
{
	while (heard < events)
		g_main_context_iteration(NULL, TRUE);
	heard -= events;
}

G_GNUC_UNUSED static lrmd_key_value_t *with(const char *key, const char *value)
{
	return lrmd_key_value_add(NULL, key, value);
}

G_GNUC_UNUSED static void show_recurring(lrmd_t *lrmd, const char *rsc)
{
	GList *list = NULL;
	int rc = lrmd->cmds->get_recurring_ops(lrmd, rsc, 0, 0, &list);

	printf("recurring of %s: %d\n", rsc ? rsc : "all", rc);
	for (GList *each = list; each; each = each->next) {
		lrmd_op_info_t *op = each->data;

		printf(" %s %s %s %s\n", op->rsc_id, op->action, op->interval_ms_s, op->timeout_ms_s);
	}
	g_list_free_full(list, (GDestroyNotify) lrmd_free_op_info);
}
