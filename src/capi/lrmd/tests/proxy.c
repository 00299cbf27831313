/*
 * Stands between a remote node's clients and the daemons of this host, as a controller does, while a command runs; says what
 * passes through.
 *
 *   proxy NAMESPACE ack|nack COMMAND     the remote executor listens in that network namespace; it asks for its end
 */
#define _GNU_SOURCE
#include <crm/common/ipc.h>
#include <crm/common/mainloop.h>
#include <crm/common/xml.h>
#include <crm/lrmd.h>
#include <crm/msg_xml.h>

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Internal functions and types, whose headers aren't installed. */
typedef struct {
	char *node_name;
	char *session_id;
	gboolean is_local;
	crm_ipc_t *ipc;
	mainloop_io_t *source;
	uint32_t last_request_id;
	lrmd_t *lrm;
} remote_proxy_t;

extern GHashTable *proxy_table;
extern void lrmd_internal_set_proxy_callback(lrmd_t *lrmd, void *userdata,
					     void (*callback)(lrmd_t *lrmd, void *userdata, xmlNode *msg));
extern remote_proxy_t *remote_proxy_new(lrmd_t *lrmd, struct ipc_client_callbacks *callbacks, const char *node,
					const char *session, const char *channel);
extern void remote_proxy_cb(lrmd_t *lrmd, const char *node, xmlNode *msg);
extern void remote_proxy_ack_shutdown(lrmd_t *lrmd);
extern void remote_proxy_nack_shutdown(lrmd_t *lrmd);
extern int remote_proxy_dispatch(const char *buffer, ssize_t length, gpointer userdata);
extern void remote_proxy_disconnected(gpointer data);
extern void remote_proxy_free(gpointer data);

#define NODE "n2"
#define REFUSED "not made\n"

/* What came of each of the clients, in their order. */
static GPtrArray *stories;
static GHashTable *by_session;
static GString *ignored;
static bool over, gone, agrees;
static int wishes, status = -1;

static GString *story(const char *session)
{
	GString *found = g_hash_table_lookup(by_session, session);

	if (found == NULL) {
		found = g_string_new(NULL);
		g_ptr_array_add(stories, found);
		g_hash_table_insert(by_session, g_strdup(session), found);
	}
	return found;
}

static void note(GString *story, const char *name, xmlNode *msg)
{
	const char *value = crm_element_value(msg, name);

	if (value)
		g_string_append_printf(story, " %s=%s", name, value);
}

/* What a daemon said goes to the client; what kind of thing that is, is noted. */
static int dispatch(const char *buffer, ssize_t length, gpointer data)
{
	remote_proxy_t *proxy = data;

	g_string_append_printf(story(proxy->session_id), "said %.*s>\n", (int) strcspn(buffer, " >"), buffer);
	return remote_proxy_dispatch(buffer, length, proxy);
}

static void disconnected(gpointer data)
{
	remote_proxy_t *proxy = data;

	g_string_append(story(proxy->session_id), "disconnected\n");
	remote_proxy_disconnected(proxy);
}

static void on_proxy(lrmd_t *lrmd, void *data, xmlNode *msg)
{
	static struct ipc_client_callbacks callbacks = { .dispatch = dispatch, .destroy = disconnected };
	const char *operation = crm_element_value(msg, "lrmd_ipc_op");
	const char *session = crm_element_value(msg, "lrmd_ipc_session");
	/* what one says that could not be connected depends on when it hears of that */
	GString *own = g_str_has_suffix(story(session)->str, REFUSED) ? ignored : story(session);

	g_string_append_printf(own, "%s %s: %s", (const char *) data, crm_element_name(msg), operation);
	note(own, "lrmd_ipc_server", msg);
	note(own, "lrmd_ipc_user", msg);
	note(own, "lrmd_ipc_msg_flags", msg);
	g_string_append(own, "\n");
	if (strcmp(operation, "new") == 0) {
		const char *channel = crm_element_value(msg, "lrmd_ipc_server");
		remote_proxy_t *proxy = remote_proxy_new(lrmd, &callbacks, NODE, session, channel);

		if (!proxy)
			g_string_append(own, REFUSED);
		else
			g_string_append_printf(own, "made node=%s own=%d local=%d connected=%d in the table %d\n",
					       proxy->node_name, strcmp(proxy->session_id, session) == 0,
					       proxy->is_local, proxy->ipc != NULL,
					       g_hash_table_lookup(proxy_table, session) == proxy);
	} else if (strcmp(operation, "shutdown_req") == 0) {
		wishes++;
		if (agrees)
			remote_proxy_ack_shutdown(lrmd);
		else
			remote_proxy_nack_shutdown(lrmd);
	} else {
		remote_proxy_cb(lrmd, NODE, msg);
	}
}

static void on_event(lrmd_event_data_t *event)
{
	printf("event %d %d\n", event->type, event->connection_rc);
	gone = gone || event->type == lrmd_event_disconnect;
}

static void on_end(GPid pid, gint end, gpointer data)
{
	over = true;
	status = end;
}

/* Connects from the remote node's network. */
static int connect_there(lrmd_t *lrmd, const char *namespace)
{
	int here = open("/proc/self/ns/net", O_RDONLY), there = open(namespace, O_RDONLY), rc;

	if (setns(there, CLONE_NEWNET) != 0)
		abort();
	rc = lrmd->cmds->connect(lrmd, "proxy", NULL);
	if (setns(here, CLONE_NEWNET) != 0)
		abort();
	close(here);
	close(there);
	return rc;
}

int main(int argc, char **argv)
{
	char *command[] = { "sh", "-c", argv[3], NULL };
	lrmd_t *lrmd = lrmd_remote_api_new(NODE, "127.0.0.1", 3121);
	GPid pid;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(200);
	stories = g_ptr_array_new();
	ignored = g_string_new(NULL);
	by_session = g_hash_table_new(g_str_hash, g_str_equal);
	agrees = strcmp(argv[2], "ack") == 0;
	proxy_table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, remote_proxy_free);
	lrmd->cmds->set_callback(lrmd, on_event);
	lrmd_internal_set_proxy_callback(lrmd, "asked:", on_proxy);
	printf("connect %d\n", connect_there(lrmd, argv[1]));
	if (!g_spawn_async(NULL, command, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL))
		abort();
	g_child_watch_add(pid, on_end, NULL);
	/* one that is told yes ends, too: it has closed the port that it listens at, which its main loop takes for an end */
	while (!over || g_hash_table_size(proxy_table) > 0 || wishes == 0 || !gone)
		g_main_context_iteration(NULL, TRUE);
	printf("the command ended: %d\n", status);
	for (guint i = 0; i < stories->len; i++)
		printf("client %u:\n%s", i, ((GString *) stories->pdata[i])->str);
	lrmd_api_delete(lrmd);
	g_hash_table_destroy(proxy_table);
	return 0;
}
