/* Trees that are no part of a CIB. T_VARIANTS native file */
#include "common.h"

static const struct change changes[] = {
	{ "nodes", "<node/>" },
	{ "nodes", "<node id=\"\"/>" },
	{ "nodes", "<node id=\"3\" uname=\"n3\"><node id=\"3\" uname=\"n3\"/></node>" },
	{ "nodes", "<nodes id=\"n\"/>" },
	{ "nodes", "<x:node id=\"3\" uname=\"n3\"/>" },
	{ "resources", "<primitive id=\"1 2\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>" },
	{ "resources", "<primitive id=\"&lt;\" class=\"ocf\" provider=\"pacemaker\" type=\"&amp;&quot;&apos;&#10;\"/>" },
	{ "resources", "<group id=\"g\"/>" },
	{ "resources", "<primitive id=\"1\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">text</primitive>" },
	{ "constraints", "<rsc_location id=\"l\" rsc=\"no-such\" node=\"n1\" score=\"x\"/>" },
	{ "constraints", "<rsc_order id=\"o\" first=\"a\" then=\"no-such\"/>" },
	{ "crm_config", "<nvpair id=\"p\" name=\"x\" value=\"1\"/>" },
	{ "configuration", "<configuration/>" },
	{ "configuration", "<configuration><configuration/></configuration>" },
	{ "cib", "<cib><cib/></cib>" },
	{ "status", "<node id=\"1\"/>" },
	{ "status", "<no-such><deep><deeper a=\"1\"/></deep></no-such>" },
};

int main(int argc, char **argv)
{
	static const char *const names[] = { "create", "modify", "replace", "remove" };
	cib_t *cib = started(argc, argv);
	change_fn changed[] = { cib->cmds->create, cib->cmds->modify, cib->cmds->replace, cib->cmds->remove };

	for (size_t i = 0; i < sizeof(changed) / sizeof(*changed); i++) {
		printf("%s\n", names[i]);
		TRY_CHANGES(cib, changed[i], changes);
		filled(cib);
	}
	return ended(cib);
}
