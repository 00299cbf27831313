/* corosync_cfg_reopen_log_files. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;

	T(corosync_cfg_reopen_log_files(T_BAD_HANDLE));
	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_reopen_log_files(h));
	T(corosync_cfg_reopen_log_files(h));
	T(corosync_cfg_finalize(h));
	return T_END();
}
