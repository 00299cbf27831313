/* votequorum_setvotes: none, more, unknown nodes, the quorum device's.
 * T_FRESH: one vote of one can't be had back. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;

	T(votequorum_setvotes(T_BAD_HANDLE, 1, 1));
	h = open_votes();
	NEED(votequorum_trackstart(h, 9, CS_TRACK_CHANGES_ONLY));
	T(votequorum_setvotes(h, 1, 0));
	show(h);
	T(votequorum_setvotes(h, 2, 1));
	T(votequorum_setvotes(h, 1, 4));
	show(h);
	T(votequorum_setvotes(h, 1, 2));
	T(votequorum_setvotes(h, 1, 3));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	NEED(votequorum_setexpected(h, 3));
	NEED(votequorum_setvotes(h, 1, 2));
	show(h);
	NEED(votequorum_setexpected(h, 2));
	T(votequorum_setvotes(h, 1, 1));
	T(votequorum_setvotes(h, 1, 0xffffffffu));
	T(votequorum_setvotes(h, 0, 5));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_finalize(h));
	return T_END();
}
