/* A member that is killed, one that ends without leaving, one that finalizes: the others are told why. */
#include "common.h"
#include <signal.h>

static pid_t member(int how)
{
	pid_t pid = fork();

	if (pid == 0) {
		cpg_callbacks_t silent = { NULL, NULL };
		struct cpg_name group = name("death");
		cpg_handle_t h = 0;

		NEED(cpg_initialize(&h, &silent));
		NEED(cpg_join(h, &group));
		t_sleep(300);
		if (how == 0)
			kill(getpid(), SIGKILL);
		if (how == 1)
			_exit(0);
		if (how == 2)
			NEED(cpg_finalize(h));
		if (how == 3)
			NEED(cpg_leave(h, &group));
		t_sleep(300);
		_exit(0);
	}
	return pid;
}

int main(void)
{
	cpg_handle_t h = connected();

	joined(h, "death");
	for (int how = 0; how < 4; how++) {
		pid_t pid = member(how);
		long long until;

		NUM(how);
		for (until = t_now() + 1200; t_now() < until; t_sleep(20))
			NEED(cpg_dispatch(h, CS_DISPATCH_ALL));
		waitpid(pid, NULL, 0);
	}
	T(cpg_finalize(h));
	return T_END();
}
