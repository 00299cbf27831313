/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	NUM(cib->cmds->sync(cib, NULL, SYNC | cib_scope_local));
	NUM(cib->cmds->sync(cib, "nodes", SYNC | cib_scope_local));
	NUM(cib->cmds->sync_from(cib, "n1", NULL, SYNC));
	NUM(cib->cmds->sync_from(NULL, "n1", NULL, SYNC));
	show_part(cib, "nodes", 0);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->sync(cib, NULL, SYNC));
	NUM(cib->cmds->sync_from(cib, "n1", NULL, SYNC));
	cib_delete(cib);
	return T_END();
}
