/* What needs no executor: lists, events, agents of this host and their meta-data. */
#include "session.h"

static void events(void)
{
	lrmd_event_data_t *event = lrmd_new_event("r", "monitor", 10000);
	lrmd_event_data_t *copy;

	show_event(event);
	lrmd__set_result(event, PCMK_OCF_UNKNOWN_ERROR, PCMK_EXEC_ERROR, "why");
	event->type = lrmd_event_exec_complete;
	event->output = strdup("said");
	event->params = g_hash_table_new_full(g_str_hash, g_str_equal, free, free);
	g_hash_table_insert(event->params, strdup("k"), strdup("v"));
	event->remote_nodename = strdup("node");
	event->user_data = strdup("data");
	event->call_id = 7;
	copy = lrmd_copy_event(event);
	lrmd__set_result(event, PCMK_OCF_OK, PCMK_EXEC_DONE, event->exit_reason);
	show_event(event);
	lrmd__reset_result(event);
	show_event(event);
	lrmd_free_event(event);
	show_event(copy);
	lrmd_free_event(copy);
	event = lrmd_new_event(NULL, NULL, 0);
	show_event(event);
	lrmd_free_event(event);
	lrmd_free_event(NULL);
	lrmd__set_result(NULL, PCMK_OCF_OK, PCMK_EXEC_DONE, NULL);
	lrmd__reset_result(NULL);
	lrmd_free_rsc_info(NULL);
	lrmd_free_op_info(NULL);
	lrmd_list_freeall(NULL);
	lrmd_key_value_freeall(NULL);
	lrmd_api_delete(NULL);
}

static void pairs(void)
{
	lrmd_key_value_t *list = NULL;

	list = lrmd_key_value_add(list, "a", "1");
	list = lrmd_key_value_add(list, "b", "2");
	list = lrmd_key_value_add(list, "a", "");
	for (lrmd_key_value_t *each = list; each; each = each->next)
		printf(" %s=%s", each->key, each->value);
	printf("\n");
	lrmd_key_value_freeall(list);
}

static void show_list(const char *what, int rc, lrmd_list_t *list)
{
	printf("%s: %d\n", what, rc);
	for (lrmd_list_t *each = list; each; each = each->next)
		printf(" %s\n", each->val);
	lrmd_list_freeall(list);
}

static void listing(lrmd_t *lrmd)
{
	static const char *const standards[] = { "ocf", "lsb", "service", "stonith", "systemd", "nagios", "no-such", NULL };
	static const char *const providers[] = { "test", "heartbeat", "no-such" };

	for (size_t i = 0; i < sizeof(standards) / sizeof(*standards); i++) {
		lrmd_list_t *list = NULL;
		int rc = lrmd->cmds->list_agents(lrmd, &list, standards[i], NULL);

		show_list(standards[i] ? standards[i] : "all", rc, list);
	}
	for (size_t i = 0; i < sizeof(providers) / sizeof(*providers); i++) {
		lrmd_list_t *list = NULL;
		int rc = lrmd->cmds->list_agents(lrmd, &list, "ocf", providers[i]);

		show_list(providers[i], rc, list);
	}
	for (int i = 0; i < 4; i++) {
		static const char *const agents[] = { NULL, "Agent", "dummy", "no-such" };
		lrmd_list_t *list = NULL;
		int rc = lrmd->cmds->list_ocf_providers(lrmd, agents[i], &list);

		show_list("providers", rc, list);
	}
	{
		lrmd_list_t *list = NULL;
		int rc = lrmd->cmds->list_standards(lrmd, &list);

		show_list("standards", rc, list);
	}
}

static const char *const specs[][3] = {
	{ "ocf", "test", "Agent" }, { "ocf", "pacemaker", "Dummy" }, { "ocf", "heartbeat", "Dummy" },
	{ "lsb", NULL, "script" }, { "service", NULL, "script" }, { "ocf", "test", "Missing" }, { "ocf", "test", "Plain" },
	{ "ocf", NULL, "Dummy" }, { "no-such", NULL, "Dummy" }, { "lsb", NULL, "no-such" }, { NULL, NULL, "Dummy" },
	{ "ocf", "test", NULL }, { "stonith", NULL, "no-such" }, { "stonith", NULL, "fence_dummy" },
	{ "STONITH", NULL, "no-such" },
};

static void metadata(lrmd_t *lrmd)
{
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		char *text = NULL;
		lrmd_key_value_t *params = with("p", "q");
		int rc = lrmd->cmds->get_metadata(lrmd, specs[i][0], specs[i][1], specs[i][2], &text, 0);

		printf("metadata %s:%s:%s: %d %s\n", specs[i][0], specs[i][1], specs[i][2], rc, text ? text : "");
		free(text);
		text = NULL;
		rc = lrmd->cmds->get_metadata_params(lrmd, specs[i][0], specs[i][1], specs[i][2], &text, 0, params);
		printf("with parameters: %d %zu\n", rc, text ? strlen(text) : 0);
		free(text);
	}
}

static void on_metadata(int pid, const result_t *result, void *data)
{
	printf("metadata of %s: exit %d status %d", (char *) data, result->exit_status, result->execution_status);
	show("reason", result->exit_reason);
	show("out", result->action_stdout);
	show("err", result->action_stderr);
	printf("\n");
	heard++;
}

static void asynchronously(void)
{
	printf("no callback: %d\n", lrmd__metadata_async(NULL, NULL, NULL));
	printf("nothing: %d\n", lrmd__metadata_async(NULL, on_metadata, "nothing"));
	await(1);
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		lrmd_rsc_info_t *info = lrmd_new_rsc_info(i % 2 ? "id" : NULL, specs[i][0], specs[i][1], specs[i][2]);
		int before = heard;
		int rc = lrmd__metadata_async(info, on_metadata, info->type);

		printf("asked: %d at once %d\n", rc, heard - before);
		if (rc == 0 || heard > before)
			await(1);
		lrmd_free_rsc_info(info);
	}
}

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(300);
	printf("== events\n");
	events();
	pairs();
	printf("== listing\n");
	listing(lrmd);
	printf("== meta-data\n");
	metadata(lrmd);
	printf("== asynchronously\n");
	asynchronously();
	lrmd_api_delete(lrmd);
	return 0;
}
