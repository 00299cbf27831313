#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();
	cmap_track_handle_t tracker;
	struct pollfd p = { .fd = -1, .events = POLLIN };

	T(cmap_fd_get(T_BAD_HANDLE, &p.fd));
	printf("fd %s\n", p.fd == -1 ? "untouched" : "set");
	T(cmap_fd_get(handle, &p.fd));
	printf("fd %s\n", p.fd >= 0 ? "set" : "bad");
	printf("idle: %d\n", poll(&p, 1, 0));
	T(cmap_track_add(handle, "test.fd", CMAP_TRACK_ADD, print_event, "tracker", &tracker));
	T(cmap_set_uint8(handle, "test.fd", 1));
	printf("event: %d\n", poll(&p, 1, 1000));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	printf("after: %d\n", poll(&p, 1, 0));
	T(cmap_delete(handle, "test.fd"));
	T(cmap_finalize(handle));
	T(cmap_fd_get(handle, &p.fd));
	return T_END();
}
