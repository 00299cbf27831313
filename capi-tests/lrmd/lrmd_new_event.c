#include "common.h"

static void made(const char *rsc, const char *task, guint interval)
{
	lrmd_event_data_t *event = lrmd_new_event(rsc, task, interval);

	show_event(event);
	lrmd_free_event(event);
}

int main(void)
{
	made("r", "monitor", 10000);
	made("r", "start", 0);
	made("", "", G_MAXUINT);
	made(NULL, NULL, 0);
	return T_END();
}
