/* corosync_cfg_node_status_get: arguments first, then the handle, then the daemon; an unknown node. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	struct corosync_cfg_node_status_v1 status;

	T(corosync_cfg_node_status_get(T_BAD_HANDLE, 1, CFG_NODE_STATUS_V1, NULL));
	T(corosync_cfg_node_status_get(T_BAD_HANDLE, 1, 2, &status));
	T(corosync_cfg_node_status_get(T_BAD_HANDLE, 1, CFG_NODE_STATUS_V1, &status));
	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_node_status_get(h, 1, CFG_NODE_STATUS_V1, NULL));
	T(corosync_cfg_node_status_get(h, 1, 0, &status));
	T(corosync_cfg_node_status_get(h, 1, 2, &status));
	T(corosync_cfg_node_status_get(h, 4000000000u, CFG_NODE_STATUS_V1, &status));
	T(corosync_cfg_node_status_get(h, 0, CFG_NODE_STATUS_V1, &status));
	T(corosync_cfg_finalize(h));
	return T_END();
}
