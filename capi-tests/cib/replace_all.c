/* T_VARIANTS native file */
#include "common.h"

/* Replaces the whole CIB by itself with one number of its version changed. */
static void replaced(cib_t *cib, const char *number, int by)
{
	xmlNode *all = NULL;
	int value = 0;

	cib->cmds->query(cib, NULL, &all, SYNC | cib_scope_local);
	crm_element_value_int(all, number, &value);
	crm_xml_add_int(all, number, value + by);
	printf("%s by %d: %d\n", number, by, cib->cmds->replace(cib, NULL, all, SYNC));
	free_xml(all);
	show_version(cib);
}

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	replaced(cib, "epoch", 0);
	replaced(cib, "epoch", 3);
	replaced(cib, "epoch", -2);
	replaced(cib, "num_updates", 5);
	replaced(cib, "num_updates", -1);
	replaced(cib, "admin_epoch", 1);
	replaced(cib, "admin_epoch", -1);
	return ended(cib);
}
