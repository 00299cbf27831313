/* votequorum_trackstop: without a start, after one, twice, and a start with another context. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;

	T(votequorum_trackstop(T_BAD_HANDLE));
	h = open_votes();
	T(votequorum_trackstop(h));
	NEED(votequorum_trackstart(h, 1, CS_TRACK_CURRENT));
	T(votequorum_trackstop(h));
	NEED(votequorum_trackstart(h, 1, CS_TRACK_CHANGES));
	T(votequorum_trackstop(h));
	T(votequorum_trackstop(h));
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	NEED(votequorum_setexpected(h, 1));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_trackstart(h, 2, CS_TRACK_CHANGES_ONLY));
	NEED(votequorum_setexpected(h, 1));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_finalize(h));
	return T_END();
}
