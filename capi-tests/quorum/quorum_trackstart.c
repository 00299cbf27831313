/* quorum_trackstart: each set of flags, twice, and who is told what when quorum goes and comes. */
#include "common.h"

static void try(const char *words, quorum_handle_t h, unsigned int flags)
{
	puts(words);
	T(quorum_trackstart(h, flags));
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
}

int main(void)
{
	quorum_handle_t h, v1, idle, current;

	T(quorum_trackstart(T_BAD_HANDLE, CS_TRACK_CHANGES));
	h = open_v0();
	try("nothing", h, 0);
	try("current", h, CS_TRACK_CURRENT);
	try("current, again", h, CS_TRACK_CURRENT);
	try("odd", h, 0xf0);
	try("changes only", h, CS_TRACK_CHANGES_ONLY);
	try("changes only, twice", h, CS_TRACK_CHANGES_ONLY);
	try("changes, twice", h, CS_TRACK_CHANGES);
	try("current, while tracking", h, CS_TRACK_CURRENT);
	v1 = open_v1();
	try("v1: changes and current", v1, CS_TRACK_CHANGES | CS_TRACK_CURRENT);
	try("v1: current, while tracking", v1, CS_TRACK_CURRENT);
	idle = open_v0();
	current = open_v1();
	try("another, current", current, CS_TRACK_CURRENT);

	expect_votes(h, 5);
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_dispatch(v1, CS_DISPATCH_ALL));
	T(quorum_dispatch(idle, CS_DISPATCH_ALL));
	T(quorum_dispatch(current, CS_DISPATCH_ALL));
	try("current, without quorum", current, CS_TRACK_CURRENT);
	expect_votes(h, 1);
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_dispatch(v1, CS_DISPATCH_ALL));
	T(quorum_finalize(h));
	T(quorum_finalize(v1));
	T(quorum_finalize(idle));
	T(quorum_finalize(current));
	return T_END();
}
