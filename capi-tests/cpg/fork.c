/* A child may go on with its parent's handle. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	int status;

	joined(h, "fork");
	if (fork() == 0) {
		unsigned node = 0;

		T(cpg_local_get(h, &node));
		N("say", say(h, "from the child"));
		settle(h);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	IS(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	N("say", say(h, "from the parent"));
	settle(h);
	T(cpg_finalize(h));
	return T_END();
}
