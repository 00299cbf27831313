/* What the cpg programs share: names, callbacks that print, and members in processes of their own. */
#ifndef SYSTOLE_CAPI_TESTS_CPG_H
#define SYSTOLE_CAPI_TESTS_CPG_H

#include "t.h"
#include <corosync/cpg.h>
#include <sys/uio.h>

/* Process ids as they are printed: the order in which they were named. */
static uint32_t pids[16];
static int pid_count;

T_UNUSED static int pid_name(uint32_t pid)
{
	int i;

	if (pid == 0)
		return -1;
	for (i = 0; i < pid_count; i++)
		if (pids[i] == pid)
			return i;
	pids[pid_count] = pid;
	return pid_count++;
}

T_UNUSED static struct cpg_name name(const char *text)
{
	struct cpg_name name;

	memset(&name, 0, sizeof name);
	name.length = strlen(text);
	memcpy(name.value, text, name.length);
	return name;
}

static void print_list(const char *what, const struct cpg_address *list, size_t count)
{
	size_t i;

	printf(" %s", what);
	for (i = 0; i < count; i++)
		printf(" p%d/%u", pid_name(list[i].pid), list[i].reason);
}

T_UNUSED static void on_confchg(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members,
				size_t member_count, const struct cpg_address *left, size_t left_count,
				const struct cpg_address *joined, size_t joined_count)
{
	printf("  change of %.*s:", (int)group->length, group->value);
	/* named first, so that who joined has the lowest free number */
	for (size_t i = 0; i < joined_count; i++)
		pid_name(joined[i].pid);
	print_list("members", members, member_count);
	print_list("left", left, left_count);
	print_list("joined", joined, joined_count);
	puts("");
	fflush(stdout);
}

T_UNUSED static void on_deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t nodeid, uint32_t pid,
				void *message, size_t length)
{
	unsigned sum = 0;

	for (size_t i = 0; i < length; i++)
		sum = sum * 31 + ((unsigned char *)message)[i];
	printf("  message in %.*s from p%d: %zu bytes, sum %08x\n", (int)group->length, group->value, pid_name(pid),
	       length, sum);
	fflush(stdout);
	/* cpg.h lets receivers change it */
	if (length > 0)
		((char *)message)[0] = 0;
}

static cpg_callbacks_t printing = { on_deliver, on_confchg };

T_UNUSED static cpg_handle_t connected(void)
{
	cpg_handle_t handle = 0;
	int error;

	AGAIN(error, cpg_initialize(&handle, &printing));
	t_need("cpg_initialize", error);
	return handle;
}

/* Dispatches what comes until it was quiet for 200 ms. */
T_UNUSED static void settle(cpg_handle_t handle)
{
	int fd = -1;

	NEED(cpg_fd_get(handle, &fd));
	while (t_readable(fd, 200))
		NEED(cpg_dispatch(handle, CS_DISPATCH_ALL));
}

/* Joins and tells of the change. */
T_UNUSED static void joined(cpg_handle_t handle, const char *group)
{
	struct cpg_name wanted = name(group);
	int error;

	AGAIN(error, cpg_join(handle, &wanted));
	t_need("cpg_join", error);
	settle(handle);
}

T_UNUSED static cs_error_t say(cpg_handle_t handle, const char *text)
{
	struct iovec piece = { (char *)text, strlen(text) };
	cs_error_t error;

	AGAIN(error, cpg_mcast_joined(handle, CPG_TYPE_AGREED, &piece, 1));
	return error;
}

#endif
