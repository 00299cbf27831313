/* T_VARIANTS native file */
#include "common.h"

static const struct change changes[] = {
	{ "nodes", "<node id=\"1\" description=\"first\"/>" },
	{ "nodes", "<node id=\"3\" uname=\"n3\"/>" },
	{ "nodes", "<node id=\"3\" uname=\"n3\"/>", cib_can_create },
	{ "nodes", NULL },
};

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	TRY_CHANGES(cib, cib->cmds->update, changes);
	return ended(cib);
}
