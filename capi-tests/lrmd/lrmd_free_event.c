#include "common.h"

int main(void)
{
	lrmd_event_data_t *event = lrmd_new_event("r", "monitor", 10000);

	lrmd_free_event(NULL);
	lrmd__set_result(event, PCMK_OCF_OK, PCMK_EXEC_DONE, "why");
	event->output = strdup("said");
	lrmd_free_event(event);
	lrmd_free_event(lrmd_new_event(NULL, NULL, 0));
	return T_END();
}
