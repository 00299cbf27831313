/*
 * Two copies of this talk through a process group: each says three things once both are there, and prints what it
 * hears. All copies hear all lines in the same order.
 *
 *   cc -o chat chat.c $(pkg-config --cflags --libs libcpg libquorum)
 *   ./chat alice & ./chat bob
 */
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MEMBERS = 2, LINES = 3 };

static size_t members;
static int heard;

static void deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *message, size_t size)
{
	(void)handle, (void)group, (void)pid;
	printf("node %u: %.*s\n", node, (int)size, (char *)message);
	fflush(stdout);
	heard++;
}

static void changed(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *list, size_t count,
		    const struct cpg_address *left, size_t left_count, const struct cpg_address *joined, size_t joined_count)
{
	(void)handle, (void)group, (void)list, (void)left, (void)joined, (void)left_count, (void)joined_count;
	if (count != members)
		printf("now %zu in the group\n", count);
	fflush(stdout);
	members = count;
}

static void check(const char *what, cs_error_t error)
{
	if (error == CS_OK)
		return;
	fprintf(stderr, "%s: error %d\n", what, error);
	exit(1);
}

static void say(cpg_handle_t handle, const char *name, int number)
{
	char line[128];
	struct iovec part = { line, 0 };
	struct timespec pause = { 0, 300000000 };
	cs_error_t error;

	part.iov_len = (size_t)snprintf(line, sizeof line, "%s says hello, number %d", name, number);
	while ((error = cpg_mcast_joined(handle, CPG_TYPE_AGREED, &part, 1)) == CS_ERR_TRY_AGAIN)
		nanosleep(&pause, NULL);
	check("cpg_mcast_joined", error);
	nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "somebody";
	cpg_callbacks_t callbacks = { deliver, changed };
	struct cpg_name group = { 4, "chat" };
	struct timespec together = { 1, 500000000 };
	quorum_handle_t quorum;
	cpg_handle_t handle;
	uint32_t type;
	int quorate;

	check("quorum_initialize", quorum_initialize(&quorum, NULL, &type));
	check("quorum_getquorate", quorum_getquorate(quorum, &quorate));
	check("quorum_finalize", quorum_finalize(quorum));
	printf("%s is here; the cluster is %s\n", name, quorate ? "quorate" : "not quorate");
	check("cpg_initialize", cpg_initialize(&handle, &callbacks));
	check("cpg_join", cpg_join(handle, &group));
	while (members < MEMBERS)
		check("cpg_dispatch", cpg_dispatch(handle, CS_DISPATCH_ONE));
	/* Time to look at the group from outside. */
	nanosleep(&together, NULL);
	for (int i = 1; i <= LINES; i++)
		say(handle, name, i);
	while (heard < MEMBERS * LINES)
		check("cpg_dispatch", cpg_dispatch(handle, CS_DISPATCH_ONE));
	check("cpg_finalize", cpg_finalize(handle));
	return 0;
}
