/* T_VARIANTS native file shadow */
#include "common.h"

static const struct change changes[] = {
	{ "nodes", "<node id=\"3\" uname=\"n3\"/>" },
	{ "nodes", "<node id=\"3\" uname=\"other\"/>" },
	{ "nodes", "<nodes><node id=\"4\" uname=\"n4\"/><node id=\"1\" uname=\"n1\"/></nodes>" },
	{ "nodes", "<node id=\"5\"/>" },
	{ "resources", "<node id=\"6\" uname=\"n6\"/>" },
	{ "resources", "<primitive id=\"c\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>" },
	{ "resources", "<no-such id=\"d\"/>" },
	{ "status", "<node_state id=\"1\" uname=\"n1\"/>" },
	{ "status", "<node_state id=\"1\" uname=\"n1\"/>" },
	{ "no-such", "<node id=\"7\" uname=\"n7\"/>" },
	{ NULL, "<node id=\"8\" uname=\"n8\"/>" },
	{ "nodes", "<cib><configuration><nodes><node id=\"9\" uname=\"n9\"/></nodes></configuration></cib>" },
	{ NULL, "<cib><configuration><nodes><node id=\"10\" uname=\"n10\"/></nodes></configuration></cib>" },
	{ "nodes", NULL },
	{ NULL, NULL },
	{ "configuration", "<tags><tag id=\"t\"><obj_ref id=\"a\"/></tag></tags>" },
	{ "tags", "<tag id=\"u\"><obj_ref id=\"b\"/></tag>", cib_can_create },
	{ "acls", "<acl_role id=\"r\"><acl_permission id=\"r-1\" kind=\"read\" xpath=\"/cib\"/></acl_role>", cib_can_create },
	{ "//nodes", "<node id=\"11\" uname=\"n11\"/>", cib_xpath },
	{ "//no-such", "<node id=\"12\" uname=\"n12\"/>", cib_xpath },
	{ "//node[@id='1']", "<instance_attributes id=\"i\"><nvpair id=\"i-1\" name=\"x\" value=\"y\"/></instance_attributes>", cib_xpath },
};

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	TRY_CHANGES(cib, cib->cmds->create, changes);
	return ended(cib);
}
