#include "common.h"

int main(void)
{
	lrmd_event_data_t *event = lrmd_new_event("r", "monitor", 10000);

	lrmd__set_result(NULL, PCMK_OCF_OK, PCMK_EXEC_DONE, NULL);
	lrmd__set_result(event, PCMK_OCF_UNKNOWN_ERROR, PCMK_EXEC_ERROR, "why");
	show_event(event);
	lrmd__set_result(event, PCMK_OCF_OK, PCMK_EXEC_DONE, event->exit_reason);
	show_event(event);
	lrmd__set_result(event, (enum ocf_exitcode) 300, 77, "");
	show_event(event);
	lrmd__set_result(event, PCMK_OCF_OK, PCMK_EXEC_DONE, NULL);
	show_event(event);
	lrmd_free_event(event);
	return T_END();
}
