/* quorum_trackstop: without a start, after one, twice; nothing is told any more. */
#include "common.h"

int main(void)
{
	quorum_handle_t h, other;

	T(quorum_trackstop(T_BAD_HANDLE));
	h = open_v0();
	T(quorum_trackstop(h));
	NEED(quorum_trackstart(h, CS_TRACK_CHANGES_ONLY));
	T(quorum_trackstop(h));
	T(quorum_trackstop(h));
	other = open_v1();
	NEED(quorum_trackstart(other, CS_TRACK_CHANGES_ONLY));
	expect_votes(h, 3);
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_dispatch(other, CS_DISPATCH_ALL));
	T(quorum_trackstart(h, CS_TRACK_CHANGES_ONLY));
	expect_votes(h, 1);
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_trackstop(h));
	T(quorum_finalize(h));
	T(quorum_finalize(other));
	return T_END();
}
