/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	static const char *const hosts[] = { NULL, "n1" };
	cib_t *cib = started(argc, argv);

	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		xmlNode *found = NULL;
		int rc = cib->cmds->query_from(cib, hosts[i], "nodes", &found, SYNC);

		show(hosts[i] ? hosts[i] : "-", rc, found);
		found = NULL;
		rc = cib->cmds->query_from(cib, hosts[i], "no-such", &found, SYNC | cib_scope_local);
		show(hosts[i] ? hosts[i] : "-", rc, found);
		NUM(cib->cmds->query_from(cib, hosts[i], "nodes", NULL, SYNC));
	}
	NUM(cib->cmds->query_from(NULL, NULL, NULL, NULL, SYNC));
	return ended(cib);
}
