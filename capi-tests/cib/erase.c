/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);
	xmlNode *output = NULL;

	NUM(cib->cmds->erase(cib, NULL, SYNC));
	show_version(cib);
	show_part(cib, NULL, 0);
	NUM(cib->cmds->erase(cib, &output, SYNC));
	show_version(cib);
	show_xml("output", output);
	free_xml(output);
	show_part(cib, NULL, 0);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->erase(cib, NULL, SYNC));
	cib_delete(cib);
	return T_END();
}
