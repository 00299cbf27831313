/* A connection in the child of a fork: the parent's goes on after the child is gone. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	unsigned int node = 0;
	int status = -1;
	pid_t pid;

	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_local_get(h, &node));
	pid = fork();
	if (pid == 0) {
		corosync_cfg_handle_t own = 0;

		N("child's own", corosync_cfg_initialize(&own, NULL));
		N("child asks", corosync_cfg_local_get(own, &node));
		N("child ends it", corosync_cfg_finalize(own));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	NUM(status);
	T(corosync_cfg_local_get(h, &node));
	T(corosync_cfg_finalize(h));
	return T_END();
}
