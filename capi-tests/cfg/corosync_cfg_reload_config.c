/* corosync_cfg_reload_config: the same file again, twice in a row. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	int error;

	T(corosync_cfg_reload_config(T_BAD_HANDLE));
	NEED(corosync_cfg_initialize(&h, NULL));
	AGAIN(error, corosync_cfg_reload_config(h));
	N("first", error);
	AGAIN(error, corosync_cfg_reload_config(h));
	N("second", error);
	T(corosync_cfg_finalize(h));
	return T_END();
}
