/* votequorum_fd_get: readable exactly while there is something to dispatch; the same each time. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;
	int fd = -1, again = -2;

	T(votequorum_fd_get(T_BAD_HANDLE, &fd));
	NUM(fd);
	h = open_votes();
	T(votequorum_fd_get(h, &fd));
	T(votequorum_fd_get(h, &again));
	IS(fd >= 0 && fd == again);
	IS(t_readable(fd, 0));
	T(votequorum_trackstart(h, 5, CS_TRACK_CURRENT));
	IS(t_readable(fd, 5000));
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	IS(t_readable(fd, 0));
	T(votequorum_finalize(h));
	return T_END();
}
