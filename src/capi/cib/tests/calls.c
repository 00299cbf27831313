/* Asynchronous calls, notifications and a sign-off, as a program of the cluster makes them. */
#include <crm/cib.h>
#include <crm/crm.h>
#include <glib.h>
#include <stdio.h>

static GMainLoop *loop;
static int awaited;

static void replied(xmlNode *msg, int call, int rc, xmlNode *output, void *name)
{
    printf("reply to %s: rc %d, output %s\n", (const char *) name, rc, output ? (const char *) output->name : "none");
    if (--awaited == 0) {
        g_main_loop_quit(loop);
    }
}

static void freed(void *name) { printf("%s is freed\n", (const char *) name); }

static void lost(gpointer cib) { printf("the connection ended\n"); }

/* Whether an event comes before the reply or after it, is chance. */
static void told(const char *event, xmlNode *msg)
{
    if (--awaited == 0) {
        g_main_loop_quit(loop);
    }
}

static gboolean late(gpointer data)
{
    printf("no reply in time\n");
    g_main_loop_quit(loop);
    return FALSE;
}

int main(int argc, char **argv)
{
    cib_t *cib;
    xmlNode *data, *found = NULL;
    char *id = NULL;
    int call, fd = -1, remote = -1;

    setvbuf(stdout, NULL, _IONBF, 0);
    crm_log_init("calls", LOG_CRIT, FALSE, FALSE, argc, argv, TRUE);
    loop = g_main_loop_new(NULL, FALSE);
    g_timeout_add_seconds(60, late, NULL);
    cib = cib_new();
    printf("query before: %d\n", cib->cmds->query(cib, NULL, &found, cib_sync_call));
    printf("no connection: %d\n", cib->cmds->signon(cib, "calls", cib_no_connection));
    printf("signon: %d, state %d\n", cib->cmds->signon(cib, "calls", cib_command), cib->state);
    printf("add: %d\n", cib->cmds->add_notify_callback(cib, T_CIB_DIFF_NOTIFY, told));
    printf("add again: %d\n", cib->cmds->add_notify_callback(cib, T_CIB_DIFF_NOTIFY, told));
    cib->cmds->set_connection_dnotify(cib, lost);

    awaited = 2;
    data = string2xml("<node id=\"5\" uname=\"five\"/>");
    call = cib->cmds->create(cib, "nodes", data, cib_quorum_override);
    cib->cmds->register_callback_full(cib, call, 60, FALSE, "creation", "replied", replied, freed);
    printf("pending: %d\n", num_cib_op_callbacks());
    g_main_loop_run(loop);
    awaited = 1;
    call = cib->cmds->query(cib, "nodes", NULL, 0);
    cib->cmds->register_callback(cib, call, 60, FALSE, "query", "replied", replied);
    g_main_loop_run(loop);
    awaited = 1;
    call = cib->cmds->query(cib, "//none", NULL, cib_xpath);
    cib->cmds->register_callback(cib, call, 60, FALSE, "search", "replied", replied);
    g_main_loop_run(loop);
    printf("pending: %d\n", num_cib_op_callbacks());

    printf("id: %d", query_node_uuid(cib, "FIVE", &id, &remote));
    printf(" %s %d\n", id ? id : "none", remote);
    free(id);
    printf("delete: %d\n", cib->cmds->remove(cib, "nodes", data, cib_sync_call | cib_quorum_override));
    printf("id: %d\n", query_node_uuid(cib, "five", &id, &remote));
    printf("remove: %d\n", cib->cmds->del_notify_callback(cib, T_CIB_DIFF_NOTIFY, told));
    printf("signoff: %d, state %d\n", cib->cmds->signoff(cib), cib->state);

    if (cib->cmds->signon_raw) {
        printf("raw: %d\n", cib->cmds->signon_raw(cib, "calls", cib_query, &fd));
        printf("query: %d", cib->cmds->query(cib, "nodes", &found, cib_sync_call));
        printf(" %s\n", found ? (const char *) found->name : "none");
        free_xml(found);
    }
    free_xml(data);
    cib_delete(cib);
    return 0;
}
