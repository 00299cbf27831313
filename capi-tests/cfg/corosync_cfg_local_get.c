/* corosync_cfg_local_get: the same node each time. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	unsigned int node = 0, again = 0;

	T(corosync_cfg_local_get(T_BAD_HANDLE, &node));
	NUM(node);
	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_local_get(h, &node));
	T(corosync_cfg_local_get(h, &again));
	IS(node != 0 && node == again);
	T(corosync_cfg_finalize(h));
	return T_END();
}
