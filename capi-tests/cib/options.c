/* T_VARIANTS native file */
#include "common.h"

#define NODE(id) { "nodes", "<node id=\"" id "\" uname=\"n" id "\" type=\"member\"/>" }

/* One change with each option: which of them leave the CIB as it is, and which hand out what. */
int main(int argc, char **argv)
{
	static const int options[] = {
		cib_verbose, cib_multiple, cib_can_create, cib_discard_reply, cib_no_children, cib_xpath_address, cib_mixed_update,
		cib_scope_local, cib_dryrun, cib_no_mtime, cib_zero_copy, cib_inhibit_notify, cib_inhibit_bcast, cib_force_diff,
		cib_dryrun | cib_can_create, cib_scope_local | cib_inhibit_notify, (int) 0x40000000,
	};
	cib_t *cib = started(argc, argv);

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct change change = NODE("7");

		/* the reference frees what it hands out, and goes on with that */
		if (options[i] == cib_zero_copy && cib->variant == cib_file)
			continue;
		printf("options %#x\n", options[i]);
		try_changes(cib, cib->cmds->create, &change, 1, options[i]);
		try_changes(cib, cib->cmds->modify, &change, 1, options[i]);
		try_changes(cib, cib->cmds->remove, &change, 1, options[i]);
	}
	return ended(cib);
}
