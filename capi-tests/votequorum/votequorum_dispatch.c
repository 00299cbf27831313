/* votequorum_dispatch: every mode with nothing, one and more events queued; no callback; a finalize in a callback. */
#include "common.h"

/* Each queues two: the node list and the quorum. */
static void events(votequorum_handle_t h, int count)
{
	while (count-- > 0)
		NEED(votequorum_trackstart(h, 4, CS_TRACK_CURRENT));
}

int main(void)
{
	votequorum_handle_t h, mute = 0;

	T(votequorum_dispatch(T_BAD_HANDLE, CS_DISPATCH_ALL));
	T(votequorum_dispatch(T_BAD_HANDLE, 0));
	h = open_votes();
	T(votequorum_dispatch(h, 0));
	T(votequorum_dispatch(h, 5));
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	events(h, 1);
	T(votequorum_dispatch(h, CS_DISPATCH_ONE));
	T(votequorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	T(votequorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	events(h, 2);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	events(h, 1);
	finalize_inside = h;
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));

	h = open_votes();
	events(h, 1);
	finalize_inside = h;
	T(votequorum_dispatch(h, CS_DISPATCH_BLOCKING));

	NEED(votequorum_initialize(&mute, NULL));
	events(mute, 2);
	T(votequorum_dispatch(mute, CS_DISPATCH_ONE));
	T(votequorum_dispatch(mute, CS_DISPATCH_ALL));
	T(votequorum_dispatch(mute, CS_DISPATCH_ONE_NONBLOCKING));
	T(votequorum_finalize(mute));
	return T_END();
}
