/* T_FRESH T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	cib_t *cib = opened(argc, argv);

	NUM(cib->cmds->is_master(NULL));
	NUM(cib->cmds->is_master(cib));
	NUM(cib->cmds->signon(cib, "program", cib_command));
	NUM(cib->cmds->is_master(cib));
	NUM(cib->cmds->set_primary(cib, SYNC));
	NUM(cib->cmds->is_master(cib));
	NUM(cib->cmds->set_primary(cib, SYNC));
	NUM(cib->cmds->set_secondary(cib, SYNC));
	NUM(cib->cmds->is_master(cib));
	NUM(cib->cmds->set_secondary(cib, SYNC));
	NUM(cib->cmds->set_master(cib, SYNC));
	NUM(cib->cmds->is_master(cib));
	NUM(cib->cmds->bump_epoch(cib, SYNC));
	NUM(cib->cmds->sync(cib, NULL, SYNC));
	NUM(cib->cmds->set_slave(cib, SYNC));
	NUM(cib->cmds->is_master(cib));
	NUM(cib->cmds->set_slave_all(cib, SYNC));
	NUM(cib->cmds->set_primary(NULL, SYNC));
	NUM(cib->cmds->set_secondary(NULL, SYNC));
	NUM(cib->cmds->set_slave_all(NULL, SYNC));
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->set_primary(cib, SYNC));
	NUM(cib->cmds->set_secondary(cib, SYNC));
	cib_delete(cib);
	return T_END();
}
