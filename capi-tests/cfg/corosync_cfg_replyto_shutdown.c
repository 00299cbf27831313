/* corosync_cfg_replyto_shutdown: nobody asked; it is CS_OK all the same. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;

	T(corosync_cfg_replyto_shutdown(T_BAD_HANDLE, COROSYNC_CFG_SHUTDOWN_FLAG_YES));
	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_replyto_shutdown(h, COROSYNC_CFG_SHUTDOWN_FLAG_YES));
	T(corosync_cfg_replyto_shutdown(h, COROSYNC_CFG_SHUTDOWN_FLAG_NO));
	T(corosync_cfg_finalize(h));
	return T_END();
}
