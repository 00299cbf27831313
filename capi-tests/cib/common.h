/* What the programs share: a CIB of the variant that the program's argument names, and how its parts are shown. */
#include "t.h"

#include <crm/cib.h>
#include <crm/common/xml.h>
#include <crm/crm.h>

/* Of the local manager, or of a file of this program's own that nobody else changes. */
T_UNUSED static cib_t *opened(int argc, char **argv)
{
	/* else the reference knows no schema, and signs on to no file */
	crm_xml_init();
	if (argc > 1 && strcmp(argv[1], "file") == 0) {
		NUM(system("cp /run/empty.xml /run/cib.xml"));
		setenv("CIB_file", "/run/cib.xml", 1);
	}
	return cib_new();
}

/* What was found, without the attributes that no two runs have in common. */
T_UNUSED static void show(const char *what, int rc, xmlNode *found)
{
	printf("%s: %d %s", what, rc, found ? (const char *) found->name : "none");
	for (xmlNode *each = found ? found->children : NULL; each; each = each->next)
		printf(" %s", (const char *) each->name);
	printf("\n");
	fflush(stdout);
	free_xml(found);
}
