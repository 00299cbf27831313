/* Changes by a connection for reading. T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);
	xmlNode *node = string2xml("<node id=\"3\" uname=\"n3\"/>");

	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->signon(cib, "program", cib_query));
	NUM(cib->cmds->create(cib, "nodes", node, SYNC | cib_dryrun));
	NUM(cib->cmds->set_primary(cib, SYNC));
	NUM(cib->cmds->query(cib, "nodes", NULL, SYNC));
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->signon(cib, "program", cib_command_nonblocking));
	NUM(cib->state);
	NUM(cib->cmds->create(cib, "nodes", node, SYNC));
	show_part(cib, "nodes", 0);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->signon(cib, "program", cib_no_connection));
	NUM(cib->state);
	NUM(cib->cmds->signon(cib, NULL, cib_command));
	free_xml(node);
	return ended(cib);
}
