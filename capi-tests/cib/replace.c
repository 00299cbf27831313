/* T_VARIANTS native file shadow */
#include "common.h"

#define NODES "<nodes><node id=\"3\" uname=\"n3\"/></nodes>"

static const struct change changes[] = {
	{ "nodes", NODES },
	{ "nodes", NODES },
	{ "nodes", "<node id=\"3\" uname=\"other\"/>" },
	{ "nodes", "<nodes><no-such id=\"1\"/></nodes>" },
	{ "nodes", "<resources/>" },
	{ NULL, "<nodes><node id=\"4\" uname=\"n4\"/></nodes>" },
	{ "resources", "<cib><configuration><resources><primitive id=\"c\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/></resources></configuration></cib>" },
	{ "configuration", CONFIGURATION },
	{ "status", "<status><node_state id=\"1\" uname=\"n1\"/></status>" },
	{ "no-such", NODES },
	{ NULL, "<cib admin_epoch=\"0\" epoch=\"0\" num_updates=\"0\" validate-with=\"pacemaker-3.9\"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>" },
	{ NULL, "<cib validate-with=\"no-such\"/>" },
	{ NULL, "<cib/>" },
	{ "nodes", NULL },
	{ NULL, NULL },
	{ "//node[@id='1']", "<node id=\"5\" uname=\"n5\"/>", cib_xpath },
	{ "//node", "<node id=\"6\" uname=\"n6\"/>", cib_xpath },
	{ "//no-such", "<node id=\"7\" uname=\"n7\"/>", cib_xpath },
	{ "//nodes", "<no-such/>", cib_xpath },
};

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	TRY_CHANGES(cib, cib->cmds->replace, changes);
	return ended(cib);
}
