/* quorum_finalize: bad handles, twice, and what each call says afterwards. */
#include "common.h"

int main(void)
{
	quorum_handle_t h;
	const void *context;
	int fd, quorate;

	T(quorum_finalize(0));
	T(quorum_finalize(T_BAD_HANDLE));
	h = open_v0();
	NEED(quorum_trackstart(h, CS_TRACK_CHANGES));
	T(quorum_finalize(h));
	T(quorum_finalize(h));
	T(quorum_fd_get(h, &fd));
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_getquorate(h, &quorate));
	T(quorum_trackstart(h, CS_TRACK_CHANGES));
	T(quorum_trackstop(h));
	T(quorum_context_get(h, &context));
	T(quorum_context_set(h, NULL));
	return T_END();
}
