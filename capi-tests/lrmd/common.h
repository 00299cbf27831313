/* What the programs share. */
#include "t.h"

#include "events.h"

T_UNUSED static void on_event(lrmd_event_data_t *event)
{
	heard++;
	show_event(event);
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

/* Agents that are there and others: standard, provider, type. */
T_UNUSED static const char *const specs[][3] = {
	{ "ocf", "test", "Agent" }, { "ocf", "heartbeat", "Dummy" }, { "lsb", NULL, "script" },
	{ "service", NULL, "script" }, { "ocf", "test", "Missing" }, { "ocf", "test", "Plain" },
	{ "ocf", NULL, "Dummy" }, { "no-such", NULL, "Dummy" }, { "lsb", NULL, "no-such" }, { NULL, NULL, "Dummy" },
	{ "ocf", "test", NULL }, { "stonith", NULL, "no-such" }, { "STONITH", NULL, "no-such" },
};

/* What came of a question for an agent's meta-data, which is freed. */
T_UNUSED static void show_metadata(const char *const spec[3], int rc, char *text)
{
	printf("%s:%s:%s: %d %s\n", spec[0] ? spec[0] : "-", spec[1] ? spec[1] : "-", spec[2] ? spec[2] : "-", rc,
	       text ? text : "");
	free(text);
}
