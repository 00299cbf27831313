/* With a descriptor the events are taken by lrmd_poll() and lrmd_dispatch(). */
#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();
	int fd = -1;

	lrmd->cmds->set_callback(lrmd, on_event);
	NUM(lrmd->cmds->connect(lrmd, "program", &fd));
	NUM(lrmd->cmds->register_rsc(lrmd, "r", "ocf", "test", "Agent", 0));
	while (heard < 2)
		if (lrmd_poll(lrmd, 1000) == 1)
			IS(lrmd_dispatch(lrmd));
	NUM(lrmd_poll(lrmd, 0));
	NUM(lrmd->cmds->unregister_rsc(lrmd, "r", 0));
	while (heard < 3)
		if (lrmd_poll(lrmd, 1000) == 1)
			IS(lrmd_dispatch(lrmd));
	lrmd_api_delete(lrmd);
	return T_END();
}
