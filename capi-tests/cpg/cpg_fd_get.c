/* cpg_fd_get: readable while and only while something waits. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	int fd = -1, again = -1;

	T(cpg_fd_get(T_BAD_HANDLE, &fd));
	T(cpg_fd_get(h, &fd));
	T(cpg_fd_get(h, &again));
	IS(fd == again);
	IS(t_readable(fd, 100));
	struct cpg_name group = name("fd");
	T(cpg_join(h, &group));
	IS(t_readable(fd, 3000));
	T(cpg_dispatch(h, CS_DISPATCH_ALL));
	IS(t_readable(fd, 100));
	N("say", say(h, "one"));
	N("say", say(h, "two"));
	t_sleep(300);
	T(cpg_dispatch(h, CS_DISPATCH_ONE));
	IS(t_readable(fd, 100));
	T(cpg_dispatch(h, CS_DISPATCH_ONE));
	IS(t_readable(fd, 100));
	T(cpg_finalize(h));
	return T_END();
}
