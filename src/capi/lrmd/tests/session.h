/* What the programs share: they print what they see, no times, addresses or process ids, so that two runs print the same. */
#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <crm/lrmd.h>
#include <crm/services.h>
#include <crm/common/results.h>

/* Internal functions, whose headers aren't installed. */
typedef struct {
	int exit_status;
	enum pcmk_exec_status execution_status;
	char *exit_reason;
	char *action_stdout;
	char *action_stderr;
} result_t;

typedef struct {
	char *id;
	char *path;
	char *tstamp_format;
	char *recipient;
	char **select_attribute_name;
	GHashTable *envvars;
	int timeout;
	uint32_t flags;
} alert_t;

extern int lrmd__new(lrmd_t **api, const char *node, const char *server, int port);
extern int lrmd__metadata_async(lrmd_rsc_info_t *rsc, void (*callback)(int, const result_t *, void *), void *data);
extern void lrmd__set_result(lrmd_event_data_t *event, enum ocf_exitcode rc, int status, const char *reason);
extern void lrmd__reset_result(lrmd_event_data_t *event);
extern int lrmd__validate_remote_settings(lrmd_t *lrmd, GHashTable *options);
extern int lrmd_send_attribute_alert(lrmd_t *lrmd, GList *alerts, const char *node, uint32_t nodeid, const char *name,
				     const char *value);
extern int lrmd_send_node_alert(lrmd_t *lrmd, GList *alerts, const char *node, uint32_t nodeid, const char *state);
extern int lrmd_send_fencing_alert(lrmd_t *lrmd, GList *alerts, const char *target, const char *task, const char *desc,
				   int rc);
extern int lrmd_send_resource_alert(lrmd_t *lrmd, GList *alerts, const char *node, lrmd_event_data_t *op);

/* Events that came, and whether they are printed. */
static int heard;
static bool quiet;
/* Whether an action was cancelled. */
G_GNUC_UNUSED static bool cancelled;

static void show(const char *name, const char *value)
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

static void show_table(GHashTable *table)
{
	GList *keys = table ? g_list_sort(g_hash_table_get_keys(table), (GCompareFunc) strcmp) : NULL;

	g_list_foreach(keys, show_pair, table);
	g_list_free(keys);
}

static void show_event(const lrmd_event_data_t *event)
{
	printf("event %s call=%d", lrmd_event_type2str(event->type), event->call_id);
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
}

G_GNUC_UNUSED static void on_event(lrmd_event_data_t *event)
{
	heard++;
	cancelled = cancelled || event->op_status == PCMK_EXEC_CANCELLED;
	if (!quiet)
		show_event(event);
}

/* Runs the main loop until so many events came since the last call. */
G_GNUC_UNUSED static void await(int events)
{
	while (heard < events)
		g_main_context_iteration(NULL, TRUE);
	heard -= events;
}

static lrmd_key_value_t *with(const char *key, const char *value)
{
	return lrmd_key_value_add(NULL, key, value);
}

/* Runs an action once and waits for its result. */
G_GNUC_UNUSED static void once(lrmd_t *lrmd, const char *rsc, const char *action, int timeout)
{
	int call = lrmd->cmds->exec(lrmd, rsc, action, action, 0, timeout, 0, lrmd_opt_notify_orig_only,
				    with("p", action));

	printf("exec %s %s: %d\n", rsc, action, call);
	if (call > 0)
		await(1);
}

/* What a command with named pipes for its ends says to us and hears from us. */
G_GNUC_UNUSED static void begun(void)
{
	char who[64] = "";
	FILE *pipe = fopen("/run/state/begun", "r");

	if (pipe == NULL || fgets(who, sizeof(who), pipe) == NULL)
		abort();
	fclose(pipe);
	printf("begun: %s", who);
}

G_GNUC_UNUSED static void open_gate(void)
{
	FILE *pipe = fopen("/run/state/gate", "w");

	if (pipe == NULL)
		abort();
	fputs("through\n", pipe);
	fclose(pipe);
}
