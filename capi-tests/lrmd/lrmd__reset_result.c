#include "common.h"

int main(void)
{
	lrmd_event_data_t *event = lrmd_new_event("r", "monitor", 10000);

	lrmd__reset_result(NULL);
	lrmd__reset_result(event);
	lrmd__set_result(event, PCMK_OCF_UNKNOWN_ERROR, PCMK_EXEC_ERROR, "why");
	event->output = strdup("said");
	lrmd__reset_result(event);
	show_event(event);
	lrmd__reset_result(event);
	show_event(event);
	lrmd_free_event(event);
	return T_END();
}
