/* What a program sees of units of systemd's: every line is the same, whichever library it runs on. */
#include <crm/crm.h>
#include <crm/services.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

svc_action_t *services__create_resource_action(const char *name, const char *standard, const char *provider,
                                               const char *agent, const char *action, guint interval_ms, int timeout,
                                               GHashTable *params, enum svc_action_flags flags);
const char *services__exit_reason(svc_action_t *action);

static int awaited;

static void show(const char *what, svc_action_t *op)
{
    printf("%s: id=%s action=%s class=%s agent=%s rc=%d status=%d cancel=%d reason=%s out=%s\n", what, op->id, op->action,
           op->standard, op->agent, op->rc, op->status, op->cancel,
           services__exit_reason(op) ? services__exit_reason(op) : "-", op->stdout_data ? op->stdout_data : "-");
}

static void ended(svc_action_t *op)
{
    show("ended", op);
    awaited--;
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

static svc_action_t *unit(const char *class, const char *agent, const char *action, guint interval, int timeout)
{
    return services__create_resource_action("r", class, NULL, agent, action, interval, timeout, NULL, 0);
}

static void run(const char *class, const char *agent, const char *action, int timeout)
{
    awaited = 1;
    printf("begun: %d\n", services_action_async(unit(class, agent, action, 0, timeout), ended));
    settle();
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

int main(int argc, char **argv)
{
    static const char *agents[] = { "web", "lazy", "failing", "nosuch", "denied", "oddjob", "invalid", "unloaded", "odd",
                                    "web.timer", "template@", "../web" };
    static const char *actions[] = { "monitor", "start", "monitor", "restart", "status", "stop", "stop", "monitor",
                                     "promote", "meta-data" };
    svc_action_t *op;

    setvbuf(stdout, NULL, _IOLBF, 0);
    g_timeout_add_seconds(300, late, NULL);
    list("standards", resources_list_standards());
    list("systemd", resources_list_agents("systemd", NULL));
    list("service", resources_list_agents("service", NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(agents); i++) {
        const char *class = resources_find_service_class(agents[i]);

        printf("%s: %s %d %d\n", agents[i], class ? class : "-", resources_agent_exists("systemd", NULL, agents[i]),
               resources_agent_exists("service", NULL, agents[i]));
    }
    printf("hidden: %s\n", resources_find_service_class("hidden"));
    for (size_t i = 0; i < G_N_ELEMENTS(agents) - 1; i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(actions); j++) {
            run("systemd", agents[i], actions[j], 60000);
        }
    }
    run("service", "web", "start", 60000);
    run("service", "script", "start", 60000);

    printf("-- no answer\n");
    run("systemd", "slow", "start", 400);
    run("systemd", "silent", "start", 400);
    run("systemd", "mute", "monitor", 400);

    printf("-- recurring\n");
    awaited = 3;
    printf("begun: %d\n", services_action_async(unit("systemd", "web", "monitor", 50, 60000), ended));
    settle();
    printf("cancelled: %d\n", services_action_cancel("r", "monitor", 50));
    printf("-- cancelled while it runs\n");
    awaited = 1;
    printf("begun: %d\n", services_action_async(unit("systemd", "mute", "monitor", 700, 60000), ended));
    printf("kicked: %d\n", services_action_kick("r", "monitor", 700));
    printf("cancelled: %d\n", services_action_cancel("r", "monitor", 700));
    settle();

    printf("-- meta-data that is waited for\n");
    for (size_t i = 0; i < 4; i++) {
        op = unit("systemd", agents[i], "meta-data", 0, 60000);
        printf("done: %d\n", services_action_sync(op));
        show("result", op);
        services_action_free(op);
    }
    printf("-- overridden\n");
    run("systemd", "web", "start", 60000);
    return 0;
}
