/* votequorum_setexpected: too many to keep quorum, fewer than there are votes, and what is told.
 * T_FRESH: one vote of one can't be had back. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;

	T(votequorum_setexpected(T_BAD_HANDLE, 1));
	h = open_votes();
	NEED(votequorum_trackstart(h, 3, CS_TRACK_CHANGES_ONLY));
	T(votequorum_setexpected(h, 0));
	show(h);
	T(votequorum_setexpected(h, 2));
	T(votequorum_setexpected(h, 5));
	T(votequorum_setexpected(h, 4000000000u));
	T(votequorum_setexpected(h, 0xffffffffu));
	show(h);
	T(votequorum_setexpected(h, 1));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	NEED(votequorum_setvotes(h, 1, 3));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_setexpected(h, 5));
	show(h);
	T(votequorum_setexpected(h, 6));
	T(votequorum_setexpected(h, 2));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_setexpected(h, 3));
	NEED(votequorum_setvotes(h, 1, 2));
	show(h);
	T(votequorum_setexpected(h, 2));
	T(votequorum_setexpected(h, 1));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_finalize(h));
	return T_END();
}
