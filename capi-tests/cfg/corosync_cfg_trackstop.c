/* corosync_cfg_trackstop: without a start, twice. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	int error;

	T(corosync_cfg_trackstop(T_BAD_HANDLE));
	NEED(corosync_cfg_initialize(&h, NULL));
	AGAIN(error, corosync_cfg_trackstop(h));
	N("without a start", error);
	AGAIN(error, corosync_cfg_trackstart(h, 0));
	N("start", error);
	AGAIN(error, corosync_cfg_trackstop(h));
	N("stop", error);
	AGAIN(error, corosync_cfg_trackstop(h));
	N("again", error);
	T(corosync_cfg_finalize(h));
	return T_END();
}
