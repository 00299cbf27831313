/* quorum_dispatch: every mode with nothing, one and two events queued; no callback; a finalize in a callback. */
#include "common.h"

static void events(quorum_handle_t h, int count)
{
	while (count-- > 0)
		NEED(quorum_trackstart(h, CS_TRACK_CURRENT));
}

int main(void)
{
	quorum_handle_t h, mute = 0;
	uint32_t type;

	T(quorum_dispatch(T_BAD_HANDLE, CS_DISPATCH_ALL));
	T(quorum_dispatch(T_BAD_HANDLE, 0));
	h = open_v0();
	T(quorum_dispatch(h, 0));
	T(quorum_dispatch(h, 5));
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	events(h, 2);
	T(quorum_dispatch(h, CS_DISPATCH_ONE));
	T(quorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	T(quorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	events(h, 2);
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	events(h, 2);
	finalize_inside = h;
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_dispatch(h, CS_DISPATCH_ALL));

	h = open_v1();
	events(h, 1);
	T(quorum_dispatch(h, CS_DISPATCH_ONE));
	T(quorum_dispatch(h, CS_DISPATCH_ONE));
	T(quorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	events(h, 2);
	finalize_inside = h;
	T(quorum_dispatch(h, CS_DISPATCH_BLOCKING));

	NEED(quorum_initialize(&mute, NULL, &type));
	events(mute, 2);
	T(quorum_dispatch(mute, CS_DISPATCH_ONE));
	T(quorum_dispatch(mute, CS_DISPATCH_ALL));
	T(quorum_dispatch(mute, CS_DISPATCH_ONE_NONBLOCKING));
	T(quorum_finalize(mute));
	return T_END();
}
