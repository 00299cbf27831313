/* corosync_cfg_finalize: bad handles, twice, and what each call says afterwards. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	corosync_cfg_node_address_t addresses[8];
	struct corosync_cfg_node_status_v1 status;
	char **names, **states;
	unsigned int count, node;
	int fd, found;

	T(corosync_cfg_finalize(0));
	T(corosync_cfg_finalize(T_BAD_HANDLE));
	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_finalize(h));
	T(corosync_cfg_finalize(h));
	T(corosync_cfg_fd_get(h, &fd));
	T(corosync_cfg_dispatch(h, CS_DISPATCH_ALL));
	T(corosync_cfg_ring_status_get(h, &names, &states, &count));
	T(corosync_cfg_node_status_get(h, 1, CFG_NODE_STATUS_V1, &status));
	T(corosync_cfg_trackstart(h, 0));
	T(corosync_cfg_trackstop(h));
	T(corosync_cfg_kill_node(h, 4000000000u, "why"));
	T(corosync_cfg_try_shutdown(h, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST));
	T(corosync_cfg_replyto_shutdown(h, COROSYNC_CFG_SHUTDOWN_FLAG_YES));
	T(corosync_cfg_get_node_addrs(h, 0, 8, &found, addresses));
	T(corosync_cfg_local_get(h, &node));
	T(corosync_cfg_reload_config(h));
	T(corosync_cfg_reopen_log_files(h));
	return T_END();
}
