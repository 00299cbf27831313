/* corosync_cfg_fd_get: a descriptor that is quiet until there is an event. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	int fd = -1, again = -2;

	T(corosync_cfg_fd_get(T_BAD_HANDLE, &fd));
	IS(fd == -1);
	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_fd_get(h, &fd));
	T(corosync_cfg_fd_get(h, &again));
	IS(fd >= 0 && fd == again);
	IS(t_readable(fd, 50));
	T(corosync_cfg_finalize(h));
	return T_END();
}
