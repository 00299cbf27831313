/* votequorum_finalize: bad handles, twice, and what each call says afterwards. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;
	struct votequorum_info info;
	void *context;
	int fd;

	T(votequorum_finalize(0));
	T(votequorum_finalize(T_BAD_HANDLE));
	h = open_votes();
	NEED(votequorum_trackstart(h, 1, CS_TRACK_CHANGES));
	T(votequorum_finalize(h));
	T(votequorum_finalize(h));
	T(votequorum_fd_get(h, &fd));
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_getinfo(h, 1, &info));
	T(votequorum_setexpected(h, 1));
	T(votequorum_setvotes(h, 1, 1));
	T(votequorum_trackstart(h, 1, CS_TRACK_CHANGES));
	T(votequorum_trackstop(h));
	T(votequorum_context_get(h, &context));
	T(votequorum_context_set(h, NULL));
	T(votequorum_qdevice_register(h, "dev"));
	T(votequorum_qdevice_unregister(h, "dev"));
	T(votequorum_qdevice_update(h, "dev", "other"));
	T(votequorum_qdevice_poll(h, "dev", 1, last_ring));
	T(votequorum_qdevice_master_wins(h, "dev", 1));
	return T_END();
}
