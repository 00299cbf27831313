/* T_VARIANTS native file */
#include "common.h"

/* Upgrades from a schema, and says to which. */
static void upgraded(cib_t *cib, const char *schema, int options)
{
	xmlNode *all = NULL;

	cib->cmds->query(cib, NULL, &all, SYNC | cib_scope_local);
	crm_xml_add(all, "validate-with", schema);
	crm_xml_add_int(all, "epoch", base[1] + 1000);
	printf("%s: %d", schema, cib->cmds->replace(cib, NULL, all, SYNC));
	free_xml(all);
	version(cib, base);
	printf(" %d\n", cib->cmds->upgrade(cib, SYNC | options));
	show_version(cib);
	show_part(cib, NULL, cib_no_children);
}

int main(int argc, char **argv)
{
	static const char *const schemas[] = { "pacemaker-1.0", "pacemaker-1.2", "pacemaker-2.0", "pacemaker-2.10", "pacemaker-3.0", "pacemaker-3.9", "none", "no-such" };
	cib_t *cib = started(argc, argv);

	NUM(cib->cmds->upgrade(cib, SYNC));
	show_version(cib);
	for (size_t i = 0; i < sizeof(schemas) / sizeof(*schemas); i++)
		upgraded(cib, schemas[i], 0);
	upgraded(cib, "pacemaker-2.0", cib_dryrun);
	upgraded(cib, "pacemaker-2.0", cib_verbose);
	show_part(cib, "configuration", 0);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->upgrade(cib, SYNC));
	cib_delete(cib);
	return T_END();
}
