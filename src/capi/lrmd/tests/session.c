/* A scripted session with an executor: all that lrmd_api_operations_t and the functions beside it do.
 *
 *   session [remote|stranger]      a stranger has another key than the remote executor
 */
#include "session.h"

#include <signal.h>

/* Whether the executor is on another host, as its clients see it. */
static bool remote;

static lrmd_t *another(void)
{
	return remote ? lrmd_remote_api_new("n2", "127.0.0.1", 3121) : lrmd_api_new();
}

static lrmd_t *connecting(lrmd_t *lrmd)
{
	int fd = -1;
	lrmd_t *other = another();

	printf("is_connected %d\n", lrmd->cmds->is_connected(lrmd));
	printf("unconnected: poke %d", lrmd->cmds->poke_connection(lrmd));
	printf(" register %d", lrmd->cmds->register_rsc(lrmd, "r", "ocf", "test", "Agent", 0));
	printf(" unregister %d", lrmd->cmds->unregister_rsc(lrmd, "r", 0));
	printf(" exec %d", lrmd->cmds->exec(lrmd, "r", "ok", NULL, 0, 0, 0, 0, with("a", "b")));
	printf(" cancel %d", lrmd->cmds->cancel(lrmd, "r", "ok", 0));
	printf(" alert %d", lrmd->cmds->exec_alert(lrmd, "a", "/run/alert", 0, NULL));
	printf(" info %d\n", lrmd->cmds->get_rsc_info(lrmd, "r", 0) != NULL);
	printf("settings %d\n", lrmd__validate_remote_settings(lrmd, g_hash_table_new(g_str_hash, g_str_equal)));
	printf("disconnect %d\n", lrmd->cmds->disconnect(lrmd));
	printf("async without a callback %d\n", other->cmds->connect_async(other, "other", 0));
	lrmd->cmds->set_callback(lrmd, on_event);
	printf("connect %d\n", lrmd->cmds->connect(lrmd, "session", NULL));
	printf("is_connected %d\n", lrmd->cmds->is_connected(lrmd));
	printf("disconnect %d\n", lrmd->cmds->disconnect(lrmd));
	await(1);
	if (remote) {
		/* the reference's doesn't connect a second time */
		lrmd_api_delete(lrmd);
		lrmd = another();
		lrmd->cmds->set_callback(lrmd, on_event);
	}
	printf("async %d\n", lrmd->cmds->connect_async(lrmd, "session", 1000));
	await(1);
	printf("connect another %d", other->cmds->connect(other, "other", &fd));
	printf(" fd %d\n", fd >= 0);
	await(1);
	printf("poke %d\n", lrmd->cmds->poke_connection(lrmd));
	await(1);
	other->cmds->set_callback(other, on_event);
	printf("register by another %d\n", other->cmds->register_rsc(other, "theirs", "ocf", "test", "Agent", 0));
	await(1);
	while (heard < 2)
		if (lrmd_poll(other, 0) == 1 && !lrmd_dispatch(other))
			printf("not dispatched\n");
	await(2);
	printf("unregister by another %d\n", other->cmds->unregister_rsc(other, "theirs", 0));
	await(1);
	lrmd_api_delete(other);
	return lrmd;
}

static void show_info(lrmd_t *lrmd, const char *id)
{
	lrmd_rsc_info_t *info = lrmd->cmds->get_rsc_info(lrmd, id, 0);
	lrmd_rsc_info_t *copy = info ? lrmd_copy_rsc_info(info) : NULL;

	printf("info %s: %s\n", id, info ? "" : "none");
	if (copy) {
		show("id", copy->id);
		show("standard", copy->standard);
		show("provider", copy->provider);
		show("type", copy->type);
		printf("\n");
	}
	lrmd_free_rsc_info(info);
	lrmd_free_rsc_info(copy);
}

static void registering(lrmd_t *lrmd)
{
	static const char *const specs[][4] = {
		{ "r", "ocf", "test", "Agent" }, { "r", "ocf", "test", "Agent" }, { "r", "ocf", "test", "Other" },
		{ "l", "lsb", NULL, "script" }, { "s", "service", NULL, "script" }, { "m", "ocf", "test", "Missing" },
		{ "p", "ocf", "test", "Plain" }, { "w", "no-such", NULL, "Agent" }, { "x", "OCF", "test", "Agent" },
		{ "y", "ocf", NULL, "Agent" }, { "y", NULL, NULL, "Agent" }, { "y", "ocf", "test", NULL },
		{ NULL, "ocf", "test", "Agent" }, { "r", "ocf", "test", "Agent" }, { "i", "ocf", "test", "Interpreter" },
		{ "\xc3\xa9", "ocf", "test", "Agent" }, { "& <\">", "ocf", "test", "Agent" },
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		int rc = lrmd->cmds->register_rsc(lrmd, specs[i][0], specs[i][1], specs[i][2], specs[i][3], 0);

		printf("register %s: %d\n", specs[i][0] ? specs[i][0] : "(none)", rc);
		if (rc == pcmk_ok)
			await(1);
	}
	show_info(lrmd, "r");
	show_info(lrmd, "l");
	show_info(lrmd, "x");
	show_info(lrmd, "nobody");
	show_info(lrmd, specs[15][0]);
	printf("unregister: %d\n", lrmd->cmds->unregister_rsc(lrmd, specs[15][0], 0));
	await(1);
	printf("unregister again: %d\n", lrmd->cmds->unregister_rsc(lrmd, specs[15][0], 0));
	await(1);
	printf("unregister nothing: %d\n", lrmd->cmds->unregister_rsc(lrmd, NULL, 0));
}

static void results(lrmd_t *lrmd)
{
	static const char *const actions[] = {
		"ok", "code1", "code2", "code3", "code4", "code5", "code6", "code7", "code8", "code9", "code190", "code200",
		"reason", "empty-reason", "long-reason", "out", "both", "no-newline", "beyond-ascii", "long", "term",
		"segv", "fork", "monitor", "no such action", "meta-data",
	};

	/* a remote executor's reply is awaited no longer than the operation may take */
	const int soon = remote ? 5000 : 300;

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		once(lrmd, "r", actions[i], 60000);
	once(lrmd, "r", "hang", soon);
	once(lrmd, "r", "stubborn", soon);
	once(lrmd, "l", "status", 60000);
	once(lrmd, "l", "monitor", 60000);
	once(lrmd, "s", "monitor", 60000);
	once(lrmd, "m", "start", 60000);
	once(lrmd, "m", "monitor", 60000);
	once(lrmd, "p", "start", 60000);
	once(lrmd, "w", "start", 60000);
	once(lrmd, "i", "start", 60000);
	once(lrmd, "nobody", "start", 60000);
	printf("exec nothing: %d\n", lrmd->cmds->exec(lrmd, NULL, NULL, NULL, 0, 0, 0, 0, NULL));
}

static void parameters(lrmd_t *lrmd)
{
	lrmd_key_value_t *params = with("one", "1");

	params = lrmd_key_value_add(params, "two", "<&\"' \n>");
	params = lrmd_key_value_add(params, "one", "again");
	params = lrmd_key_value_add(params, "3rd", "digits first");
	params = lrmd_key_value_add(params, "empty", "");
	printf("exec: %d\n", lrmd->cmds->exec(lrmd, "r", "out", "user & data", 0, 60000, 0, lrmd_opt_notify_orig_only, params));
	await(1);
	printf("delayed: %d\n", lrmd->cmds->exec(lrmd, "r", "ok", NULL, 0, 60000, 50, 0, NULL));
	await(1);
}

static int recur(lrmd_t *lrmd, const char *action, guint interval, enum lrmd_call_options options)
{
	int call = lrmd->cmds->exec(lrmd, "r", action, "recurs", interval, 60000, 0, options, with("p", "q"));

	printf("exec every %u ms: %d\n", interval, call);
	return call;
}

static void recurring(lrmd_t *lrmd)
{
	printf("no place: %d\n", lrmd->cmds->get_recurring_ops(lrmd, "r", 0, 0, NULL));
	show_recurring(lrmd, NULL);
	recur(lrmd, "out", 100, 0);
	await(3);
	printf("cancel another: %d\n", lrmd->cmds->cancel(lrmd, "r", "out", 101));
	printf("cancel nobody's: %d\n", lrmd->cmds->cancel(lrmd, "nobody", "out", 100));
	printf("cancel nothing: %d\n", lrmd->cmds->cancel(lrmd, NULL, NULL, 0));
	/* it may be running now, and more may have come */
	quiet = true;
	printf("cancel: %d\n", lrmd->cmds->cancel(lrmd, "r", "out", 100));
	while (!cancelled)
		g_main_context_iteration(NULL, TRUE);
	quiet = false;
	heard = 0;
	recur(lrmd, "code7", 3600000, 0);
	await(1);
	show_recurring(lrmd, "r");
	show_recurring(lrmd, NULL);
	show_recurring(lrmd, "nobody");
	recur(lrmd, "code7", 3600000, 0);
	await(1);
	printf("cancel: %d\n", lrmd->cmds->cancel(lrmd, "r", "code7", 3600000));
	await(1);
	printf("cancel again: %d\n", lrmd->cmds->cancel(lrmd, "r", "code7", 3600000));
	show_recurring(lrmd, "r");
}

static void order(lrmd_t *lrmd)
{
	printf("one: %d\n", lrmd->cmds->exec(lrmd, "r", "block", "one", 0, 60000, 0, 0, NULL));
	printf("two: %d\n", lrmd->cmds->exec(lrmd, "r", "block2", "two", 0, 60000, 0, 0, NULL));
	begun();
	printf("three: %d\n", lrmd->cmds->exec(lrmd, "r", "ok", "three", 0, 60000, 0, 0, NULL));
	printf("cancel what waits: %d\n", lrmd->cmds->cancel(lrmd, "r", "block2", 0));
	await(1);
	printf("cancel what runs: %d\n", lrmd->cmds->cancel(lrmd, "r", "block", 0));
	printf("unregister: %d\n", lrmd->cmds->unregister_rsc(lrmd, "r", 0));
	await(2);
	open_gate();
	await(1);
	printf("register: %d\n", lrmd->cmds->register_rsc(lrmd, "r", "ocf", "test", "Agent", lrmd_opt_drop_recurring));
	await(1);
	once(lrmd, "r", "ok", 60000);
	printf("start: %d\n", lrmd->cmds->exec(lrmd, "x", "start", "start", 0, 60000, 0, 0, NULL));
	begun();
	printf("stop: %d\n", lrmd->cmds->exec(lrmd, "x", "stop", "stop", 0, 60000, 0, 0, NULL));
	open_gate();
	await(1);
	begun();
	open_gate();
	await(1);
}

/* Takes what came: who leaves too much unread is put out by the executor. */
static void hear(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void many(lrmd_t *lrmd)
{
	/* a remote one takes some 40 ms for each call */
	const int count = remote ? 50 : 1000;
	char id[32];
	int bad = 0;

	quiet = true;
	for (int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "many-%d", i);
		bad += lrmd->cmds->register_rsc(lrmd, id, "ocf", "test", "Agent", 0) != 0;
		bad += lrmd->cmds->exec(lrmd, id, "ok", id, 0, 120000, 0, lrmd_opt_notify_orig_only, with("n", id)) <= 0;
		bad += lrmd->cmds->exec(lrmd, id, "code7", id, 0, 120000, 0, lrmd_opt_notify_orig_only, NULL) <= 0;
		hear();
	}
	await(3 * count);
	for (int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "many-%d", i);
		bad += lrmd->cmds->unregister_rsc(lrmd, id, 0) != 0;
		hear();
	}
	await(count);
	quiet = false;
	printf("%d resources, %d faults\n", count, bad);
}

/* What an alert's agent was told, which it writes into a pipe. */
static void told(void)
{
	char line[512];
	FILE *pipe = fopen("/run/state/told", "r");

	while (pipe && fgets(line, sizeof(line), pipe))
		if (strstr(line, "_timestamp") == NULL)
			printf("told: %s", line);
		else
			printf("told of %zu names of the time\n", strcspn(line, "=") > 0 ? (size_t) 1 : 0);
	fclose(pipe);
}

static void alerts(lrmd_t *lrmd)
{
	char *names[] = { "wanted", NULL };
	alert_t alert = { .id = "one", .path = "/run/alert", .tstamp_format = "%Y-%m-%d", .recipient = "you",
			  .select_attribute_name = names, .envvars = g_hash_table_new(g_str_hash, g_str_equal),
			  .timeout = 10000, .flags = 15 };
	alert_t missing = { .id = "two", .path = "/run/no-such", .timeout = 10000, .flags = 1 };
	GList *list = g_list_append(NULL, &alert);
	lrmd_event_data_t *event = lrmd_new_event("r", "monitor", 0);

	g_hash_table_insert(alert.envvars, "CRM_alert_own", "value");
	printf("alert: %d\n", lrmd->cmds->exec_alert(lrmd, "id", "/run/alert", 5000, with("CRM_alert_x", "y")));
	told();
	printf("nobody: %d\n", lrmd_send_node_alert(NULL, list, "n1", 1, "member"));
	printf("none: %d\n", lrmd_send_node_alert(lrmd, NULL, "n1", 1, "member"));
	printf("node: %d\n", lrmd_send_node_alert(lrmd, list, "n1", 1, "member"));
	told();
	printf("attribute: %d\n", lrmd_send_attribute_alert(lrmd, list, "n1", 1, "wanted", "v"));
	told();
	printf("another attribute: %d\n", lrmd_send_attribute_alert(lrmd, list, "n1", 1, "unwanted", "v"));
	printf("fencing: %d\n", lrmd_send_fencing_alert(lrmd, list, "n2", "st_notify_fence", "it is off", -62));
	told();
	printf("probe: %d\n", lrmd_send_resource_alert(lrmd, list, "n1", event));
	lrmd__set_result(event, PCMK_OCF_NOT_RUNNING, PCMK_EXEC_DONE, "gone");
	event->user_data = strdup("0:3:0:4d5a6a1c-0000-4000-8000-1234567890ab");
	printf("failed probe: %d\n", lrmd_send_resource_alert(lrmd, list, "n1", event));
	told();
	event->op_status = PCMK_EXEC_TIMEOUT;
	event->timeout = 1234;
	event->interval_ms = 10000;
	printf("timeout: %d\n", lrmd_send_resource_alert(lrmd, list, "n1", event));
	told();
	list = g_list_append(list, &missing);
	printf("one of two: %d\n", lrmd_send_node_alert(lrmd, list, "n1", 1, NULL));
	told();
	lrmd_free_event(event);
	g_list_free(list);
	g_hash_table_destroy(alert.envvars);
}

/* The executor dies. */
static void death(lrmd_t *lrmd)
{
	printf("killed: %d\n", system("pkill -9 -x 'pacemaker-(execd|remot)'"));
	while (system("pgrep -x 'pacemaker-(execd|remot)' >/dev/null") == 0)
		usleep(10000);
	await(1);
	printf("is_connected %d\n", lrmd->cmds->is_connected(lrmd));
	printf("exec %d\n", lrmd->cmds->exec(lrmd, "r", "ok", NULL, 0, 0, 0, 0, NULL));
	printf("disconnect %d\n", lrmd->cmds->disconnect(lrmd));
	printf("connect %d\n", lrmd->cmds->connect(lrmd, "session", NULL));
	printf("is_connected %d\n", lrmd->cmds->is_connected(lrmd));
}

/* Both ways to connect where that can't be. */
static void refused(lrmd_t *lrmd)
{
	lrmd->cmds->set_callback(lrmd, on_event);
	printf("connect %d\n", lrmd->cmds->connect(lrmd, "session", NULL));
	await(1);
	printf("async %d\n", lrmd->cmds->connect_async(lrmd, "session", 60000));
	await(2);
	printf("is_connected %d\n", lrmd->cmds->is_connected(lrmd));
	lrmd_api_delete(lrmd);
}

int main(int argc, char **argv)
{
	lrmd_t *lrmd = NULL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(300);
	remote = argc > 1;
	if (remote && strcmp(argv[1], "stranger") == 0) {
		setenv("PCMK_authkey_location", "/run/another-key", 1);
		refused(another());
		refused(lrmd_remote_api_new("n3", "127.0.0.1", 3122));
		return 0;
	}
	printf("new: %d", lrmd__new(NULL, NULL, NULL, 0));
	if (remote)
		printf(" %d", lrmd__new(&lrmd, "n2", "127.0.0.1", 3121));
	else
		printf(" %d", lrmd__new(&lrmd, NULL, NULL, 0));
	printf(" made %d\n", lrmd != NULL);
	printf("== connecting\n");
	lrmd = connecting(lrmd);
	printf("== registering\n");
	registering(lrmd);
	printf("== results\n");
	results(lrmd);
	printf("== parameters\n");
	parameters(lrmd);
	printf("== recurring\n");
	recurring(lrmd);
	printf("== order\n");
	order(lrmd);
	printf("== alerts\n");
	alerts(lrmd);
	printf("== many\n");
	many(lrmd);
	printf("== death\n");
	death(lrmd);
	lrmd_api_delete(lrmd);
	return 0;
}
