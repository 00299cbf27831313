/* What a program sees that uses libcrmservice: every line is the same, whichever library it runs on. */
#include <crm/crm.h>
#include <crm/services.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static int awaited;
static int turns_left;
static pid_t recurring_pid;

static void show_text(const char *name, const char *text)
{
    if (text == NULL) {
        printf(" %s=(null)", name);
    } else if (strlen(text) > 2000) {
        printf(" %s=%zu bytes, %08x", name, strlen(text), g_str_hash(text));
    } else {
        char *shown = g_strescape(text, NULL);

        printf(" %s=\"%s\"", name, shown);
        g_free(shown);
    }
}

static void show(const char *what, svc_action_t *op)
{
    printf("%s: id=%s rsc=%s action=%s class=%s provider=%s agent=%s rc=%d status=%d cancel=%d", what,
           op->id ? op->id : "-", op->rsc ? op->rsc : "-", op->action ? op->action : "-",
           op->standard ? op->standard : "-", op->provider ? op->provider : "-", op->agent ? op->agent : "-", op->rc,
           op->status, op->cancel);
    show_text("reason", services__exit_reason(op));
    show_text("out", op->stdout_data);
    show_text("err", op->stderr_data);
    printf(" data=%s\n", op->cb_data ? (const char *) op->cb_data : "-");
}

static void ended(svc_action_t *op)
{
    show("ended", op);
    awaited--;
}

static void ended_otherwise(svc_action_t *op)
{
    show("ended otherwise", op);
    awaited--;
}

static void turned(svc_action_t *op)
{
    show("turn", op);
    turns_left--;
}

static void forked(svc_action_t *op)
{
    printf("forked: %s\n", op->id);
    if (op->interval_ms > 0) {
        recurring_pid = op->pid;
    }
}

static gboolean late(gpointer data)
{
    printf("too late\n");
    exit(1);
}

static void settle(void)
{
    while (awaited > 0) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static GHashTable *table(const char *name, const char *value, ...)
{
    GHashTable *made = g_hash_table_new_full(g_str_hash, g_str_equal, free, free);
    va_list more;

    va_start(more, value);
    while (name != NULL) {
        g_hash_table_insert(made, strdup(name), value ? strdup(value) : NULL);
        name = va_arg(more, const char *);
        value = name ? va_arg(more, const char *) : NULL;
    }
    va_end(more);
    return made;
}

static svc_action_t *ocf(const char *resource, const char *action, guint interval, int timeout)
{
    return services__create_resource_action(resource, "ocf", "test", "agent", action, interval, timeout,
                                            table("name", "a value", "code", "0", NULL), 0);
}

/* The reference's main loop needs a name. */
static svc_action_t *program(const char *file, const char **arguments)
{
    svc_action_t *op = services_action_create_generic(file, arguments);

    op->id = strdup("program");
    op->timeout = 60000;
    return op;
}

/* Runs an action, first waited for, then beside the main loop. */
static void both(svc_action_t *sync, svc_action_t *async)
{
    gboolean done;

    if (sync->rc != PCMK_OCF_UNKNOWN) {
        show("refused", sync);
        services_action_free(sync);
        services_action_free(async);
        return;
    }
    done = services_action_sync(sync);
    printf("waited for: %d, ", done);
    show("result", sync);
    services_action_free(sync);
    awaited++;
    printf("begun: %d\n", services_action_async_fork_notify(async, ended, forked));
    settle();
}

static void one_by_one(const char *folder)
{
    static const char *actions[] = { "start", "stop", "monitor", "fail", "high", "reason", "long", "noreason", "linger",
                                     "megabytes", "nonewline", "bytes", "segv", "term", "environment", "process",
                                     "meta-data", "bad", "nosuch" };
    static const char *slow[] = { "hang", "deaf", "group" };
    static const char *broken[] = { "missing", "plain", "folder", "interpreter", "bare", "empty" };
    char *path = g_strdup_printf("%s/agent", folder);

    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        printf("-- %s\n", actions[i]);
        both(ocf("r", actions[i], 0, 60000), ocf("r", actions[i], 0, 60000));
        both(services__create_resource_action("r", "lsb", NULL, path, actions[i], 0, 60000, NULL, 0),
             services__create_resource_action("r", "lsb", NULL, path, actions[i], 0, 60000, NULL, 0));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(slow); i++) {
        printf("-- %s\n", slow[i]);
        both(ocf("r", slow[i], 0, 300), ocf("r", slow[i], 0, 300));
        both(services__create_resource_action("r", "lsb", NULL, path, slow[i], 0, 300, NULL, SVC_ACTION_LEAVE_GROUP),
             services__create_resource_action("r", "lsb", NULL, path, slow[i], 0, 300, NULL, SVC_ACTION_LEAVE_GROUP));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        char *file = g_strdup_printf("%s/%s", folder, broken[i]);
        static const char *verbs[] = { "start", "monitor" };

        for (size_t j = 0; j < G_N_ELEMENTS(verbs); j++) {
            printf("-- %s of %s\n", verbs[j], broken[i]);
            both(services__create_resource_action("r", "ocf", "test", broken[i], verbs[j], 0, 60000, NULL, 0),
                 services__create_resource_action("r", "ocf", "test", broken[i], verbs[j], 0, 60000, NULL, 0));
            both(services__create_resource_action("r", "lsb", NULL, file, verbs[j], 0, 60000, NULL, 0),
                 services__create_resource_action("r", "service", NULL, file, verbs[j], 0, 60000, NULL, 0));
            both(program(file, NULL), program(file, NULL));
        }
        g_free(file);
    }
    g_free(path);
}

/* The reference kills a group, which the process makes itself. */
static void cancel_hanging(guint interval)
{
    while (getpgid(recurring_pid) != recurring_pid) {
        usleep(1000);
    }
    printf("cancelled: %d, %d to come\n", services_action_cancel("r", "hang", interval), turns_left);
}

/* Parameters that are kept apart from the configuration: one that is there, one that isn't the one that is signed, one
   without a signature, one that isn't there. */
static void secrets(void)
{
    static const char *parameters[] = { "good", "bad", "unsigned", "none" };
    static const char *actions[] = { "environment", "stop" };

    printf("-- secrets\n");
    for (size_t i = 0; i < G_N_ELEMENTS(parameters); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(actions); j++) {
            svc_action_t *op[2];

            for (int k = 0; k < 2; k++) {
                op[k] = services__create_resource_action("s", "ocf", "test", "agent", actions[j], 0, 60000,
                                                         table(parameters[i], "lrm://", NULL), 0);
            }
            both(op[0], op[1]);
        }
    }
}

static void recurring(void)
{
    svc_action_t *op;

    printf("-- recurring\n");
    turns_left = 3;
    printf("begun: %d\n", services_action_async(ocf("r", "monitor", 50, 60000), turned));
    while (turns_left > 0) {
        g_main_context_iteration(NULL, TRUE);
    }
    printf("cancelled: %d\n", services_action_cancel("r", "monitor", 50));
    printf("again: %d\n", services_action_cancel("r", "monitor", 50));
    printf("kicked: %d\n", services_action_kick("r", "monitor", 50));

    printf("-- cancelled while it runs\n");
    turns_left = 1;
    printf("begun: %d\n", services_action_async_fork_notify(ocf("r", "hang", 700, 60000), turned, forked));
    printf("kicked: %d\n", services_action_kick("r", "hang", 700));
    cancel_hanging(700);

    printf("-- cancelled while it waits for another\n");
    awaited++;
    turns_left = 1;
    printf("first: %d\n", services_action_async(ocf("r", "hang", 0, 300), ended));
    printf("second: %d\n", services_action_async(ocf("R", "monitor", 5000, 60000), turned));
    printf("cancelled: %d, %d to come\n", services_action_cancel("R", "monitor", 5000), turns_left);
    settle();

    printf("-- kicked\n");
    turns_left = 1;
    printf("begun: %d\n", services_action_async(ocf("r", "start", 3600000, 60000), turned));
    while (turns_left > 0) {
        g_main_context_iteration(NULL, TRUE);
    }
    turns_left = 1;
    printf("kicked: %d\n", services_action_kick("r", "start", 3600000));
    while (turns_left > 0) {
        g_main_context_iteration(NULL, TRUE);
    }

    printf("-- the same again\n");
    op = ocf("r", "start", 3600000, 60000);
    op->cb_data = (void *) "other data";
    printf("begun: %d\n", services_action_async(op, ended_otherwise));
    awaited++;
    printf("kicked: %d\n", services_action_kick("r", "start", 3600000));
    settle();
    printf("cancelled: %d\n", services_action_cancel("r", "start", 3600000));
    awaited = 0;

    printf("-- recurring, and can't be run\n");
    awaited++;
    op = services__create_resource_action("r", "lsb", NULL, "/nosuch/agent", "monitor", 3600000, 60000, NULL, 0);
    printf("begun: %d\n", services_action_async(op, ended));
    settle();
    awaited++;
    printf("cancelled: %d\n", services_action_cancel("r", "monitor", 3600000));
    settle();
}

/* Three actions on one resource, and one on another. */
static void in_turn(void)
{
    static const char *actions[] = { "reason", "fail", "stop" };
    svc_action_t *op;

    printf("-- one at a time\n");
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        awaited++;
        printf("begun: %d\n", services_action_async_fork_notify(ocf("r", actions[i], 0, 60000), ended, forked));
    }
    settle();
    printf("-- beside another\n");
    turns_left = 1;
    printf("begun: %d\n", services_action_async_fork_notify(ocf("r", "hang", 3600000, 60000), turned, forked));
    op = ocf("r", "stop", 0, 60000);
    op->flags = SVC_ACTION_NON_BLOCKED;
    awaited = 1;
    printf("begun: %d\n", services_action_async_fork_notify(op, ended, forked));
    settle();
    cancel_hanging(3600000);
}

static void programs(void)
{
    const char *arguments[] = { "-c", "cat; echo \"$0 $1\"; echo $GIVEN$NOT_GIVEN", "zero", "one", NULL };
    const char *listing[] = { "-c", "cat", NULL };
    const char *many[301];
    svc_action_t *op;

    printf("-- programs\n");
    setenv("NOT_GIVEN", "from the parent", 1);
    both(program("/bin/sh", arguments), program("/bin/sh", arguments));
    for (size_t i = 0; i < 300; i++) {
        many[i] = "x";
    }
    many[300] = NULL;
    op = program("/bin/echo", many);
    show("too many", op);
    services_action_free(op);

    printf("-- fence agent\n");
    for (int i = 0; i < 2; i++) {
        op = program("/bin/sh", listing);
        op->standard = strdup("stonith");
        op->agent = strdup("fence_x");
        op->params = table("port", "1", NULL);
        if (i == 0) {
            printf("waited for: %d\n", services_action_sync(op));
            show("result", op);
            services_action_free(op);
        } else {
            awaited++;
            printf("begun: %d\n", services_action_async_fork_notify(op, ended, forked));
            settle();
        }
    }

    printf("-- alerts\n");
    op = services_alert_create("alert-1", "/usr/lib/ocf/resource.d/test/environment", 60000,
                               table("GIVEN", "by the caller", "NOT_GIVEN", "", NULL), 42, (void *) "alert data");
    awaited++;
    printf("sequence: %d\n", op->sequence);
    printf("begun: %d\n", services_alert_async(op, ended));
    settle();
    op = services_alert_create("alert-2", "/nosuch/alert", 60000, NULL, 43, NULL);
    awaited++;
    printf("begun: %d\n", services_alert_async(op, ended));
    settle();

    printf("-- users\n");
    for (int i = 0; i < 2; i++) {
        op = ocf("r", "who", 0, 60000);
        printf("user: %d\n", services_action_user(op, i ? "nobody" : "daemon"));
        printf("no such user: %d\n", services_action_user(op, "no-such-user"));
        awaited++;
        services_action_async(op, ended);
        settle();
    }
}

static void list(const char *what, GList *found)
{
    printf("%s:", what);
    for (GList *at = found; at != NULL; at = at->next) {
        printf(" %s", (const char *) at->data);
    }
    printf("\n");
    g_list_free_full(found, free);
}

static void metadata(const char *standard, const char *provider, const char *agent)
{
    svc_action_t *op = services__create_resource_action("m", standard, provider, agent, "meta-data", 0, 60000, NULL, 0);
    char *text;

    show("made", op);
    printf("waited for: %d, rc %d\n", services_action_sync(op), op->rc);
    text = services__grab_stdout(op);
    printf("%s\n", text ? text : "(null)");
    free(text);
    text = services__grab_stderr(op);
    printf("%s\n", text ? text : "(null)");
    free(text);
    show("after", op);
    services_action_free(op);
}

static void listing(const char *folder)
{
    static const char *standards[] = { "ocf", "lsb", "service", "systemd", "nagios", "upstart", "stonith", "OCF", "x" };
    char *two = g_strdup_printf("%s:/nosuch:%s", folder, folder);

    printf("-- listing\n");
    list("standards", resources_list_standards());
    list("services", services_list());
    for (size_t i = 0; i < G_N_ELEMENTS(standards); i++) {
        list(standards[i], resources_list_agents(standards[i], NULL));
        list("providers", resources_list_providers(standards[i]));
        for (int provider = 0; provider < 3; provider++) {
            const char *name = provider ? provider == 1 ? "test" : "none" : NULL;

            printf("%s %s: %d %d %d\n", standards[i], name ? name : "-",
                   resources_agent_exists(standards[i], name, "agent"),
                   resources_agent_exists(standards[i], name, "script"),
                   resources_agent_exists(standards[i], name, "nosuch"));
        }
    }
    list("all", resources_list_agents(NULL, NULL));
    list("of test", resources_list_agents("ocf", "test"));
    list("of none", resources_list_agents("ocf", "none"));
    list("files", get_directory_list(folder, TRUE, FALSE));
    list("programs", get_directory_list(folder, TRUE, TRUE));
    list("folders", get_directory_list(two, FALSE, FALSE));
    list("nothing", get_directory_list("", FALSE, FALSE));
    printf("script is %s\n", resources_find_service_class("script"));
    printf("nosuch is %s\n", resources_find_service_class("nosuch") ? "there" : "not there");
    g_free(two);

    metadata("ocf", "test", "agent");
    metadata("lsb", NULL, "script");
    metadata("lsb", NULL, "bare-script");
    metadata("service", NULL, "script");
    metadata("lsb", NULL, "nosuch");
    metadata("nagios", NULL, "nosuch");
    metadata("x", NULL, "agent");
}

static void results(void)
{
    static const char *standards[] = { "ocf", "lsb", "systemd", "nagios", "x", NULL };
    static const char *actions[] = { "start", "status", "monitor", "stop" };
    svc_action_t *op;

    printf("-- results\n");
    for (size_t i = 0; i < G_N_ELEMENTS(standards); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(actions); j++) {
            printf("%s %s:", standards[i] ? standards[i] : "-", actions[j]);
            for (int code = -1; code < 256; code++) {
                printf(" %d", services_result2ocf(standards[i], actions[j], code));
            }
            printf("\n");
        }
    }
    op = ocf("r", "start", 0, 1);
    services__set_result(op, 5, PCMK_EXEC_NOT_INSTALLED, "a reason");
    show("set", op);
    services__set_result(op, 6, PCMK_EXEC_ERROR, NULL);
    show("set", op);
    services__format_result(op, 7, PCMK_EXEC_TIMEOUT, "%s %d %.2f %s %ld %d %d %d", "a", 1, 2.5, "b", 3L, 4, 5, 6);
    show("formatted", op);
    services__format_result(op, 0, PCMK_EXEC_DONE, NULL);
    show("formatted", op);
    services_action_cleanup(op);
    services_action_free(op);
    services_action_free(NULL);
    services_action_cleanup(NULL);
    services__set_result(NULL, 0, PCMK_EXEC_DONE, NULL);
    printf("nothing: %d\n", services_action_sync(NULL));

    printf("-- incomplete\n");
    show("no name", services__create_resource_action("", "ocf", "test", "agent", "start", 0, 1, NULL, 0));
    show("no class", services__create_resource_action("r", NULL, "test", "agent", "start", 0, 1, NULL, 0));
    show("no provider", services__create_resource_action("r", "ocf", NULL, "agent", "start", 0, 1, NULL, 0));
    show("no agent", services__create_resource_action("r", "ocf", "test", "", "start", 0, 1, NULL, 0));
    show("no action", services__create_resource_action("r", "ocf", "test", "agent", NULL, 0, 1, NULL, 0));
    show("class", services__create_resource_action("r", "x", "test", "agent", "monitor", 0, 1, NULL, 0));
    show("case", services__create_resource_action("r", "OCF", "test", "agent", "monitor", 10, 1, NULL, 0));
    show("fence", services__create_resource_action("r", "stonith", NULL, "agent", "monitor", 10, 1, table("a", "b", NULL), 0));
    printf("incomplete: %s\n", resources_action_create("r", "ocf", NULL, "agent", "start", 0, 1, NULL, 0) ? "there" : "none");
    printf("init script: %s\n", services_action_create("", "start", 0, 1) ? "there" : "none");
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    g_timeout_add_seconds(300, late, NULL);
    results();
    listing(argv[1]);
    one_by_one(argv[1]);
    secrets();
    in_turn();
    recurring();
    programs();
    return 0;
}
