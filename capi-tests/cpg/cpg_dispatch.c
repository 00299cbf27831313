/* cpg_dispatch: each mode, and finalize inside a callback. */
#include "common.h"

static int count;

static void finalizing(cpg_handle_t handle, const struct cpg_name *group, uint32_t nodeid, uint32_t pid, void *message,
		       size_t length)
{
	count++;
	if (count == 2)
		N("  cpg_finalize inside", cpg_finalize(handle));
}

static void until_empty(cpg_handle_t handle, const struct cpg_name *group, uint32_t nodeid, uint32_t pid, void *message,
			size_t length)
{
	printf("  heard %.*s\n", (int)length, (char *)message);
	fflush(stdout);
	if (memcmp(message, "stop", 4) == 0)
		N("  cpg_finalize inside", cpg_finalize(handle));
}

int main(void)
{
	cpg_handle_t h = connected();
	cpg_callbacks_t callbacks = { finalizing, NULL };
	cpg_callbacks_t blocking = { until_empty, NULL };

	T(cpg_dispatch(T_BAD_HANDLE, CS_DISPATCH_ALL));
	T(cpg_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	T(cpg_dispatch(h, CS_DISPATCH_ALL));
	joined(h, "d");
	N("say", say(h, "one"));
	N("say", say(h, "two"));
	N("say", say(h, "three"));
	t_sleep(300);
	T(cpg_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	T(cpg_dispatch(h, CS_DISPATCH_ONE));
	T(cpg_dispatch(h, CS_DISPATCH_ALL));
	T(cpg_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	T(cpg_finalize(h));

	NEED(cpg_initialize(&h, &callbacks));
	joined(h, "d2");
	N("say", say(h, "one"));
	N("say", say(h, "two"));
	N("say", say(h, "three"));
	t_sleep(300);
	T(cpg_dispatch(h, CS_DISPATCH_ALL));
	NUM(count);
	T(cpg_dispatch(h, CS_DISPATCH_ALL));

	NEED(cpg_initialize(&h, &blocking));
	joined(h, "d3");
	N("say", say(h, "go"));
	N("say", say(h, "stop"));
	T(cpg_dispatch(h, CS_DISPATCH_BLOCKING));
	return T_END();
}
