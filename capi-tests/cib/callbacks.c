/* Callbacks of calls that nobody waits for, and forgetting them; how new the CIB is. */
#include "loop.h"

#include <crm/cib/util.h>

static int called;

static void on_call(xmlNode *msg, int call, int rc, xmlNode *output, void *data)
{
	called++;
	printf("%s: %d\n", (const char *) data, rc);
}

static int query(cib_t *cib, char *name)
{
	int call = cib->cmds->query(cib, "nodes", NULL, cib_scope_local);

	NUM(cib->cmds->register_callback(cib, call, 60, FALSE, name, "on_call", on_call));
	return call;
}

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);
	xmlNode *generation = cib_get_generation(cib);
	int first, third;

	printf("%s\n", generation ? (const char *) generation->name : "none");
	for (xmlAttr *each = generation ? generation->properties : NULL; each; each = each->next)
		printf(" %s", (const char *) each->name);
	printf("\n");
	free_xml(generation);
	NUM(num_cib_op_callbacks());
	first = query(cib, "first");
	query(cib, "second");
	third = query(cib, "third");
	NUM(num_cib_op_callbacks());
	cib_dump_pending_callbacks();
	remove_cib_op_callback(first, FALSE);
	remove_cib_op_callback(first, FALSE);
	remove_cib_op_callback(9999, FALSE);
	NUM(num_cib_op_callbacks());
	settle(cib);
	NUM(called);
	remove_cib_op_callback(third, FALSE);
	query(cib, "fourth");
	query(cib, "fifth");
	remove_cib_op_callback(0, TRUE);
	NUM(num_cib_op_callbacks());
	settle(cib);
	NUM(called);
	return ended(cib);
}
