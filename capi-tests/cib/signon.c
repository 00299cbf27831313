/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	cib_t *cib = opened(argc, argv);

	NUM(cib->state);
	NUM(cib->cmds->signon(cib, "program", cib_query));
	NUM(cib->state);
	NUM(cib->type);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->state);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->signon(cib, "program", cib_command));
	NUM(cib->state);
	NUM(cib->cmds->signoff(cib));
	cib_delete(cib);
	return T_END();
}
