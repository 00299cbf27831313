/* T_VARIANTS file */
#include "common.h"

static const struct change changes[] = {
	{ "nodes", "<node id=\"1\"/>" },
	{ "nodes", NULL },
};

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	TRY_CHANGES(cib, cib->cmds->delete_absolute, changes);
	return ended(cib);
}
