/*
 * What a program sees whose CIB manager dies: while it waits for nothing, for a reply, and beside the main loop; and when
 * there is another manager.
 *
 *   lost RESTART      a command that starts another manager and waits until it serves
 */
#include <crm/cib.h>
#include <crm/crm.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

static int ends;

static void run(const char *command)
{
    int rc = system(command);

    if (rc) {
        printf("%s: %d\n", command, rc);
    }
}

/* Debian's manager writes its file in a child, which may be there when looked for and be gone when sent the signal. */
static void signal_manager(const char *signal)
{
    char command[80];

    snprintf(command, sizeof command, "kill -%s $(pidof pacemaker-based) 2>/dev/null; true", signal);
    run(command);
}

static void lost(gpointer cib)
{
    ends++;
    printf("the connection ended: state %d\n", ((cib_t *) cib)->state);
}

static void replied(xmlNode *msg, int call, int rc, xmlNode *output, void *name)
{
    printf("reply to %s: rc %d, output %s\n", (const char *) name, rc, output ? (const char *) output->name : "none");
}

static gboolean late(gpointer data)
{
    printf("nothing in time\n");
    return FALSE;
}

/* All that comes until nothing does for a while. */
static void turn(void)
{
    guint timer = g_timeout_add_seconds(3, late, NULL);
    int before = ends;

    while (ends == before && g_main_context_find_source_by_id(NULL, timer)) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (ends != before) {
        g_source_remove(timer);
    }
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

static void calls(cib_t *cib, const char *when)
{
    xmlNode *found = NULL, *data = string2xml("<node id=\"5\" uname=\"five\"/>");
    int call;

    printf("%s: state %d type %d\n", when, cib->state, cib->type);
    printf("query: %d", cib->cmds->query(cib, "nodes", &found, cib_sync_call));
    printf(" %s\n", found ? (const char *) found->name : "none");
    printf("change: %d\n", cib->cmds->modify(cib, "nodes", data, cib_sync_call | cib_can_create));
    call = cib->cmds->query(cib, "nodes", NULL, 0);
    printf("not waited for: %d\n", call > 0 ? 1 : call);
    if (call > 0) {
        cib->cmds->register_callback(cib, call, 5, FALSE, "query", "replied", replied);
    }
    printf("pending: %d\n", num_cib_op_callbacks());
    free_xml(found);
    free_xml(data);
}

static cib_t *connected(void)
{
    cib_t *cib = cib_new();

    printf("signon: %d, state %d\n", cib->cmds->signon(cib, "lost", cib_command), cib->state);
    printf("told: %d\n", cib->cmds->set_connection_dnotify(cib, lost));
    return cib;
}

int main(int argc, char **argv)
{
    cib_t *cib;
    int call;

    setvbuf(stdout, NULL, _IONBF, 0);
    crm_log_init("lost", LOG_CRIT, FALSE, FALSE, argc, argv, TRUE);

    /* beside the main loop */
    cib = connected();
    signal_manager("KILL");
    turn();
    calls(cib, "after the end");
    printf("signon: %d, state %d\n", cib->cmds->signon(cib, "lost", cib_command), cib->state);
    printf("signoff: %d, state %d\n", cib->cmds->signoff(cib), cib->state);
    run(argv[1]);
    printf("signon: %d, state %d\n", cib->cmds->signon(cib, "lost", cib_command), cib->state);
    calls(cib, "another manager");
    printf("signoff: %d, state %d\n", cib->cmds->signoff(cib), cib->state);
    cib_delete(cib);

    /* before the main loop could tell */
    cib = connected();
    signal_manager("KILL");
    calls(cib, "not told yet");
    turn();
    printf("signoff: %d, state %d\n", cib->cmds->signoff(cib), cib->state);
    cib_delete(cib);
    run(argv[1]);

    /* while replies are awaited */
    cib = connected();
    signal_manager("STOP");
    call = cib->cmds->query(cib, "nodes", NULL, 0);
    cib->cmds->register_callback(cib, call, 5, FALSE, "query", "replied", replied);
    run("(sleep 1; kill -9 $(pidof pacemaker-based) 2>/dev/null) &");
    calls(cib, "died meanwhile");
    turn();
    printf("pending: %d\n", num_cib_op_callbacks());
    cib_delete(cib);
    return 0;
}
