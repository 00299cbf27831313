/* corosync_cfg_initialize: with and without callbacks, several at once. */
#include "t.h"
#include <corosync/cfg.h>

static void asked(corosync_cfg_handle_t h, corosync_cfg_shutdown_flags_t flags)
{
	(void)h;
	(void)flags;
}

int main(void)
{
	corosync_cfg_callbacks_t none = { NULL }, some = { asked };
	corosync_cfg_handle_t a = 0, b = 0, c = 0;

	T(corosync_cfg_initialize(&a, NULL));
	T(corosync_cfg_initialize(&b, &none));
	T(corosync_cfg_initialize(&c, &some));
	IS(a != b && b != c && a != c);
	IS(a != 0 && b != 0 && c != 0);
	T(corosync_cfg_finalize(b));
	T(corosync_cfg_finalize(a));
	T(corosync_cfg_finalize(c));
	return T_END();
}
