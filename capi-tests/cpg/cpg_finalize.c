/* cpg_finalize: bad handles, twice, everything after it. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	struct cpg_name group = name("g");
	struct iovec piece = { "x", 1 };
	struct cpg_address members[CPG_MEMBERS_MAX];
	cpg_iteration_handle_t iteration = 0;
	cpg_flow_control_state_t state;
	int fd, count;
	unsigned node;
	uint32_t size;
	void *p;

	T(cpg_finalize(0));
	T(cpg_finalize(T_BAD_HANDLE));
	joined(h, "g");
	T(cpg_finalize(h));
	T(cpg_finalize(h));
	T(cpg_fd_get(h, &fd));
	T(cpg_dispatch(h, CS_DISPATCH_ALL));
	T(cpg_join(h, &group));
	T(cpg_leave(h, &group));
	T(cpg_mcast_joined(h, CPG_TYPE_AGREED, &piece, 1));
	T(cpg_membership_get(h, &group, members, &count));
	T(cpg_local_get(h, &node));
	T(cpg_context_get(h, &p));
	T(cpg_context_set(h, &p));
	T(cpg_flow_control_state_get(h, &state));
	T(cpg_max_atomic_msgsize_get(h, &size));
	T(cpg_zcb_alloc(h, 10, &p));
	T(cpg_iteration_initialize(h, CPG_ITERATION_ALL, NULL, &iteration));
	return T_END();
}
