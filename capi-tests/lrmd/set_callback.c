#include "common.h"

static void another(lrmd_event_data_t *event)
{
	printf("another: ");
	on_event(event);
}

int main(void)
{
	lrmd_t *lrmd = connected();

	registered(lrmd, "r");
	lrmd->cmds->set_callback(lrmd, another);
	unregistered(lrmd, "r");
	lrmd->cmds->set_callback(lrmd, NULL);
	NUM(lrmd->cmds->register_rsc(lrmd, "r", "ocf", "test", "Agent", 0));
	NUM(lrmd->cmds->unregister_rsc(lrmd, "r", 0));
	lrmd_api_delete(lrmd);
	return T_END();
}
