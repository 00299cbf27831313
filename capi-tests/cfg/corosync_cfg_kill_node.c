/* corosync_cfg_kill_node: nodes that aren't there, reasons of every length. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	char reason[300];
	int error;

	memset(reason, 'r', sizeof reason);
	reason[256] = 0;
	T(corosync_cfg_kill_node(T_BAD_HANDLE, 4000000000u, "why"));
	N("long reason before bad handle", corosync_cfg_kill_node(T_BAD_HANDLE, 4000000000u, reason));
	NEED(corosync_cfg_initialize(&h, NULL));
	AGAIN(error, corosync_cfg_kill_node(h, 4000000000u, "why"));
	N("unknown node", error);
	AGAIN(error, corosync_cfg_kill_node(h, 0, ""));
	N("node 0, no reason", error);
	N("256 bytes", corosync_cfg_kill_node(h, 4000000000u, reason));
	reason[255] = 0;
	AGAIN(error, corosync_cfg_kill_node(h, 4000000000u, reason));
	N("255 bytes", error);
	T(corosync_cfg_finalize(h));
	return T_END();
}
