/* corosync_cfg_trackstart and _trackstop: in any order, any number of times, any flags. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	int error;

	T(corosync_cfg_trackstart(T_BAD_HANDLE, 0));
	NEED(corosync_cfg_initialize(&h, NULL));
	AGAIN(error, corosync_cfg_trackstart(h, 0));
	N("first", error);
	AGAIN(error, corosync_cfg_trackstart(h, CS_TRACK_CURRENT));
	N("second", error);
	AGAIN(error, corosync_cfg_trackstart(h, 255));
	N("odd flags", error);
	AGAIN(error, corosync_cfg_trackstop(h));
	N("stop", error);
	T(corosync_cfg_finalize(h));
	return T_END();
}
