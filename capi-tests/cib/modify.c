/* T_VARIANTS native file shadow */
#include "common.h"

static const struct change changes[] = {
	{ "nodes", "<node id=\"1\" description=\"first\"/>" },
	{ "nodes", "<nodes><node id=\"2\" description=\"second\"/></nodes>" },
	{ "nodes", "<node id=\"3\" uname=\"n3\"/>" },
	{ "nodes", "<node id=\"3\" uname=\"n3\"/>", cib_can_create },
	{ "nodes", "<node id=\"3\" no-such=\"x\"/>" },
	{ "resources", "<primitive id=\"a\"><meta_attributes id=\"a-m\"><nvpair id=\"a-m-1\" value=\"Started\"/></meta_attributes></primitive>" },
	{ "resources", "<nvpair id=\"a-m-1\" value=\"Stopped\"/>" },
	{ "resources", "<meta_attributes id=\"a-m\"><nvpair id=\"a-m-2\" name=\"is-managed\" value=\"true\"/></meta_attributes>" },
	{ NULL, "<nvpair id=\"a-m-1\" value=\"Started\"/>" },
	{ NULL, "<cib><configuration><nodes><node id=\"1\" description=\"again\"/></nodes></configuration></cib>" },
	{ "nodes", "<cib><configuration><nodes><node id=\"2\" description=\"again\"/></nodes></configuration></cib>" },
	{ NULL, "<cib epoch=\"1\"/>" },
	{ NULL, "<cib validate-with=\"no-such\"/>" },
	{ "status", "<node_state id=\"1\" uname=\"n1\"/>", cib_can_create },
	{ "status", "<node_state id=\"1\" crmd=\"online\"/>" },
	{ "status", "<node_state id=\"1\" crmd=\"online\"/>" },
	{ "crm_config", "<cluster_property_set id=\"o\"><nvpair id=\"o-1\" name=\"x\" value=\"1\"/></cluster_property_set>", cib_can_create },
	{ "crm_config", "<nvpair id=\"o-1\" value=\"value++\"/>" },
	{ "crm_config", "<nvpair id=\"o-1\" value=\"value+=5\"/>" },
	{ "crm_config", "<nvpair id=\"o-1\" value=\"INFINITY\"/>" },
	{ "no-such", "<node id=\"1\" description=\"no\"/>" },
	{ "nodes", NULL },
	{ NULL, NULL },
	{ "//node[@id='2']", "<node description=\"by path\"/>", cib_xpath },
	{ "//node", "<node description=\"both\"/>", cib_xpath },
	{ "//node", "<node description=\"all\"/>", cib_xpath | cib_multiple },
	{ "//no-such", "<node description=\"none\"/>", cib_xpath },
	{ "//[", "<node description=\"none\"/>", cib_xpath },
};

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	TRY_CHANGES(cib, cib->cmds->modify, changes);
	return ended(cib);
}
