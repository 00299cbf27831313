/* T_VARIANTS native file shadow */
#include "common.h"

static const struct change changes[] = {
	{ "nodes", "<node id=\"1\"/>" },
	{ "nodes", "<node id=\"1\"/>" },
	{ "nodes", "<node id=\"2\" uname=\"other\"/>" },
	{ "nodes", "<node uname=\"n2\"/>" },
	{ "resources", "<nvpair id=\"a-m-1\"/>" },
	{ "resources", "<primitive><meta_attributes id=\"a-m\"/></primitive>" },
	{ NULL, "<meta_attributes id=\"a-m\"/>" },
	{ "no-such", "<primitive id=\"a\"/>" },
	{ "resources", "<no-such id=\"a\"/>" },
	{ "//primitive[@id='b']", NULL, cib_xpath },
	{ "//primitive[@id='b']", NULL, cib_xpath },
	{ "//primitive[@id='a']", "<primitive id=\"a\"/>", cib_xpath },
	{ "//no-such", NULL, cib_xpath },
	{ "//[", NULL, cib_xpath },
	{ "constraints", "<constraints/>" },
	{ "resources", NULL },
	{ NULL, NULL },
	{ "nodes", "<cib><configuration><nodes><node id=\"2\"/></nodes></configuration></cib>" },
};
static const struct change more[] = {
	{ "//node", NULL, cib_xpath },
	{ "//node", NULL, cib_xpath | cib_multiple },
	{ "//primitive | //node", NULL, cib_xpath | cib_multiple },
	{ "//@id", NULL, cib_xpath },
};

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	TRY_CHANGES(cib, cib->cmds->remove, changes);
	filled(cib);
	TRY_CHANGES(cib, cib->cmds->remove, more);
	return ended(cib);
}
