/* votequorum_trackstart: each set of flags, twice, and the contexts that come back. */
#include "common.h"

static void try(const char *words, votequorum_handle_t h, uint64_t context, unsigned int flags)
{
	puts(words);
	T(votequorum_trackstart(h, context, flags));
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
}

int main(void)
{
	votequorum_handle_t h, other, idle;

	T(votequorum_trackstart(T_BAD_HANDLE, 1, CS_TRACK_CHANGES));
	h = open_votes();
	try("nothing", h, 1, 0);
	try("current", h, 2, CS_TRACK_CURRENT);
	try("odd", h, 3, 0xf0);
	try("changes", h, 0xffffffffffffffffULL, CS_TRACK_CHANGES);
	try("changes, twice", h, 5, CS_TRACK_CHANGES);
	try("changes only, twice", h, 6, CS_TRACK_CHANGES_ONLY);
	other = open_votes();
	idle = open_votes();
	try("another", other, 7, CS_TRACK_CHANGES_ONLY);
	NEED(votequorum_setexpected(h, 1));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_dispatch(other, CS_DISPATCH_ALL));
	T(votequorum_dispatch(idle, CS_DISPATCH_ALL));
	T(votequorum_finalize(h));
	T(votequorum_finalize(other));
	T(votequorum_finalize(idle));
	return T_END();
}
