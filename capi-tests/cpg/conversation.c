/* Four processes in one group say many things at once: all see the same order, and each sender's own order. */
#include "common.h"

#define SPEAKERS 4
#define LINES 500

static unsigned order;
static int heard, next_line[SPEAKERS], in_order = 1, members;

static void on_line(cpg_handle_t handle, const struct cpg_name *group, uint32_t nodeid, uint32_t pid, void *message,
		    size_t length)
{
	int *line = message;

	if (length != 2 * sizeof *line || line[0] < 0 || line[0] >= SPEAKERS || line[1] != next_line[line[0]]++)
		in_order = 0;
	order = order * 31 + line[0];
	heard++;
}

static void on_members(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *list, size_t count,
		       const struct cpg_address *left, size_t left_count, const struct cpg_address *in, size_t in_count)
{
	members = count;
}

/* What one process has to tell: how often it heard in order, and the order's sum. */
static void speaker(int me, int out)
{
	cpg_callbacks_t callbacks = { on_line, on_members };
	struct cpg_name group = name("conversation");
	cpg_handle_t h = 0;
	int line[2] = { me, 0 };
	struct iovec piece = { line, sizeof line };
	unsigned result[3];

	NEED(cpg_initialize(&h, &callbacks));
	NEED(cpg_join(h, &group));
	while (members < SPEAKERS)
		NEED(cpg_dispatch(h, CS_DISPATCH_ONE));
	while (heard < SPEAKERS * LINES) {
		if (line[1] < LINES && cpg_mcast_joined(h, CPG_TYPE_AGREED, &piece, 1) == CS_OK)
			line[1]++;
		NEED(cpg_dispatch(h, line[1] < LINES ? CS_DISPATCH_ALL : CS_DISPATCH_ONE));
	}
	result[0] = in_order;
	result[1] = heard;
	result[2] = order;
	if (write(out, result, sizeof result) != sizeof result)
		exit(3);
	/* the others still listen: a leave must not come between their last lines */
	t_sleep(200);
	NEED(cpg_leave(h, &group));
	NEED(cpg_finalize(h));
	exit(0);
}

int main(void)
{
	int fds[2], same = 1, all_in_order = 1, status;
	unsigned first[3], result[3];

	if (pipe(fds) != 0)
		return 2;
	for (int i = 0; i < SPEAKERS; i++)
		if (fork() == 0)
			speaker(i, fds[1]);
	close(fds[1]);
	for (int i = 0; i < SPEAKERS; i++) {
		if (read(fds[0], result, sizeof result) != sizeof result)
			return 2;
		if (i == 0)
			memcpy(first, result, sizeof first);
		same &= first[2] == result[2] && first[1] == result[1];
		all_in_order &= result[0];
	}
	NUM(first[1]);
	IS(same);
	IS(all_in_order);
	for (int i = 0; i < SPEAKERS; i++) {
		wait(&status);
		IS(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	return T_END();
}
