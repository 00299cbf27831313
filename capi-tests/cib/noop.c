/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	cib_t *cib = opened(argc, argv);

	NUM(cib->cmds->noop(NULL, SYNC));
	NUM(cib->cmds->noop(cib, SYNC));
	NUM(cib->cmds->signon(cib, "program", cib_command));
	NUM(cib->call_id);
	NUM(cib->cmds->noop(cib, SYNC));
	NUM(cib->call_id);
	NUM(cib->cmds->noop(cib, cib_sync_call | cib_scope_local));
	NUM(cib->cmds->noop(cib, cib_discard_reply | cib_scope_local));
	NUM(cib->call_id);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->noop(cib, SYNC));
	cib_delete(cib);
	return T_END();
}
