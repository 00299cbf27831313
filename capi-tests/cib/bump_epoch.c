/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	static const int options[] = { 0, cib_dryrun, cib_scope_local, cib_no_mtime, cib_inhibit_notify, cib_verbose };
	cib_t *cib = started(argc, argv);

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		printf("%#x: %d\n", options[i], cib->cmds->bump_epoch(cib, SYNC | options[i]));
		show_version(cib);
	}
	show_part(cib, "configuration", 0);
	NUM(cib->cmds->signoff(cib));
	NUM(cib->cmds->bump_epoch(cib, SYNC));
	cib_delete(cib);
	return T_END();
}
