/* No connection: what survives it. */
#include "common.h"

int main(int argc, char **argv)
{
	cib_t *cib = opened(argc, argv);
	xmlNode *node = string2xml("<node id=\"3\" uname=\"n3\"/>");

	NUM(cib->cmds->noop(NULL, SYNC));
	NUM(cib->cmds->ping(NULL, NULL, SYNC));
	NUM(cib->cmds->query_from(NULL, NULL, NULL, NULL, SYNC));
	NUM(cib->cmds->is_master(NULL));
	NUM(cib->cmds->set_primary(NULL, SYNC));
	NUM(cib->cmds->set_secondary(NULL, SYNC));
	NUM(cib->cmds->sync_from(NULL, NULL, NULL, SYNC));
	NUM(cib->cmds->upgrade(NULL, SYNC));
	NUM(cib->cmds->bump_epoch(NULL, SYNC));
	NUM(cib->cmds->create(NULL, "nodes", node, SYNC));
	NUM(cib->cmds->modify(NULL, "nodes", node, SYNC));
	NUM(cib->cmds->update(NULL, "nodes", node, SYNC));
	NUM(cib->cmds->replace(NULL, "nodes", node, SYNC));
	NUM(cib->cmds->remove(NULL, "nodes", node, SYNC));
	NUM(cib->cmds->erase(NULL, NULL, SYNC));
	NUM(cib->cmds->delete_absolute(NULL, "nodes", node, SYNC));
	NUM(cib->cmds->set_connection_dnotify(NULL, NULL));
	cib_free_notify(NULL);
	cib_free_callbacks(NULL);
	cib_delete(NULL);
	free_xml(node);
	cib_delete(cib);
	return T_END();
}
