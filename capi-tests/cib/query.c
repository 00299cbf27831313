/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	static const char *const sections[] = { "configuration", "nodes", "resources", "status", "no-such", "//resources", "" };
	cib_t *cib = opened(argc, argv);
	xmlNode *found = NULL;

	show("before", cib->cmds->query(cib, NULL, &found, cib_sync_call), found);
	NUM(cib->cmds->signon(cib, "program", cib_query));
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		int rc;

		found = NULL;
		rc = cib->cmds->query(cib, sections[i], &found, cib_sync_call | cib_scope_local);
		show(sections[i], rc, found);
		found = NULL;
		rc = cib->cmds->query(cib, sections[i], &found, cib_sync_call | cib_scope_local | cib_xpath);
		show(" as a path", rc, found);
	}
	NUM(cib->cmds->signoff(cib));
	found = NULL;
	show("after", cib->cmds->query(cib, NULL, &found, cib_sync_call), found);
	cib_delete(cib);
	return T_END();
}
