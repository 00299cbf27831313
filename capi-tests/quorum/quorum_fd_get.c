/* quorum_fd_get: readable exactly while there is something to dispatch; the same each time. */
#include "common.h"

int main(void)
{
	quorum_handle_t h;
	int fd = -1, again = -2;

	T(quorum_fd_get(T_BAD_HANDLE, &fd));
	NUM(fd);
	h = open_v0();
	T(quorum_fd_get(h, &fd));
	T(quorum_fd_get(h, &again));
	IS(fd >= 0 && fd == again);
	IS(t_readable(fd, 0));
	T(quorum_trackstart(h, CS_TRACK_CURRENT));
	IS(t_readable(fd, 5000));
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	IS(t_readable(fd, 0));
	T(quorum_finalize(h));
	return T_END();
}
