#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new(), *other = lrmd_api_new();
	int fd = -1;

	lrmd->cmds->set_callback(lrmd, on_event);
	NUM(lrmd->cmds->connect(lrmd, "program", NULL));
	NUM(lrmd->cmds->is_connected(lrmd));
	NUM(lrmd->cmds->disconnect(lrmd));
	await(1);
	NUM(lrmd->cmds->is_connected(lrmd));
	NUM(lrmd->cmds->connect(lrmd, "again", NULL));
	NUM(lrmd->cmds->is_connected(lrmd));
	/* with a descriptor nothing is the main loop's */
	NUM(other->cmds->connect(other, "other", &fd));
	IS(fd >= 0);
	NUM(other->cmds->is_connected(other));
	lrmd_api_delete(other);
	lrmd_api_delete(lrmd);
	return T_END();
}
