#include "common.h"

int main(void)
{
	lrmd_event_data_t *event = lrmd_new_event("r", "monitor", 10000), *copy = lrmd_copy_event(event);

	show_event(copy);
	lrmd_free_event(copy);
	lrmd__set_result(event, PCMK_OCF_UNKNOWN_ERROR, PCMK_EXEC_ERROR, "why");
	event->type = lrmd_event_exec_complete;
	event->output = strdup("said");
	event->params = g_hash_table_new_full(g_str_hash, g_str_equal, free, free);
	g_hash_table_insert(event->params, strdup("k"), strdup("v"));
	event->remote_nodename = strdup("node");
	event->user_data = strdup("data");
	event->call_id = 7;
	copy = lrmd_copy_event(event);
	lrmd_free_event(event);
	show_event(copy);
	event = lrmd_copy_event(copy);
	lrmd_free_event(copy);
	show_event(event);
	lrmd_free_event(event);
	return T_END();
}
