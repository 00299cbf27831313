/* What the programs share: they print what they see, no times, addresses or process ids, so that two runs print the same. */
#include "lrmd/events.h"

#include <unistd.h>

/* Internal functions and types, whose headers aren't installed. */
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

extern int lrmd__validate_remote_settings(lrmd_t *lrmd, GHashTable *options);
extern int lrmd_send_attribute_alert(lrmd_t *lrmd, GList *alerts, const char *node, uint32_t nodeid, const char *name,
				     const char *value);
extern int lrmd_send_node_alert(lrmd_t *lrmd, GList *alerts, const char *node, uint32_t nodeid, const char *state);
extern int lrmd_send_fencing_alert(lrmd_t *lrmd, GList *alerts, const char *target, const char *task, const char *desc,
				   int rc);
extern int lrmd_send_resource_alert(lrmd_t *lrmd, GList *alerts, const char *node, lrmd_event_data_t *op);

/* Whether events are printed. */
static bool quiet;
/* Whether an action was cancelled. */
static bool cancelled;

static void on_event(lrmd_event_data_t *event)
{
	heard++;
	cancelled = cancelled || event->op_status == PCMK_EXEC_CANCELLED;
	if (!quiet) {
		printf("call=%d ", event->call_id);
		show_event(event);
	}
}

/* Runs an action once and waits for its result. */
static void once(lrmd_t *lrmd, const char *rsc, const char *action, int timeout)
{
	int call = lrmd->cmds->exec(lrmd, rsc, action, action, 0, timeout, 0, lrmd_opt_notify_orig_only,
				    with("p", action));

	printf("exec %s %s: %d\n", rsc, action, call);
	if (call > 0)
		await(1);
}

/* What a command with named pipes for its ends says to us and hears from us. */
static void begun(void)
{
	char who[64] = "";
	FILE *pipe = fopen("/run/state/begun", "r");

	if (pipe == NULL || fgets(who, sizeof(who), pipe) == NULL)
		abort();
	fclose(pipe);
	printf("begun: %s", who);
}

static void open_gate(void)
{
	FILE *pipe = fopen("/run/state/gate", "w");

	if (pipe == NULL)
		abort();
	fputs("through\n", pipe);
	fclose(pipe);
}
