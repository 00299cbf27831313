/* Every call on a connection that isn't signed on, or isn't any more. T_VARIANTS native file */
#include "common.h"

static void all(cib_t *cib)
{
	xmlNode *node = string2xml("<node id=\"3\" uname=\"n3\"/>"), *output = NULL;

	NUM(cib->cmds->noop(cib, 0));
	NUM(cib->cmds->ping(cib, &output, 0));
	NUM(cib->cmds->query(cib, "nodes", &output, 0));
	NUM(cib->cmds->query_from(cib, "n1", "nodes", &output, 0));
	NUM(cib->cmds->is_master(cib));
	NUM(cib->cmds->set_primary(cib, 0));
	NUM(cib->cmds->set_secondary(cib, 0));
	NUM(cib->cmds->sync(cib, NULL, 0));
	NUM(cib->cmds->sync_from(cib, "n1", NULL, 0));
	NUM(cib->cmds->upgrade(cib, 0));
	NUM(cib->cmds->bump_epoch(cib, 0));
	NUM(cib->cmds->create(cib, "nodes", node, 0));
	NUM(cib->cmds->modify(cib, "nodes", node, 0));
	NUM(cib->cmds->update(cib, "nodes", node, 0));
	NUM(cib->cmds->replace(cib, "nodes", node, 0));
	NUM(cib->cmds->remove(cib, "nodes", node, 0));
	NUM(cib->cmds->erase(cib, &output, 0));
	NUM(cib->cmds->delete_absolute(cib, "nodes", node, 0));
	NUM(cib->cmds->register_notification(cib, T_CIB_DIFF_NOTIFY, 1));
	NUM(cib->call_id);
	IS(output == NULL);
	free_xml(node);
}

int main(int argc, char **argv)
{
	cib_t *cib = opened(argc, argv);

	all(cib);
	NUM(cib->cmds->signon(cib, "program", cib_command));
	NUM(cib->cmds->signoff(cib));
	all(cib);
	cib_delete(cib);
	return T_END();
}
