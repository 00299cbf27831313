/* cpg_membership_get */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	struct cpg_name group = name("members"), nobody = name("nobody is here"), too_long = name("x");
	struct cpg_address members[CPG_MEMBERS_MAX];
	int count = 77;

	too_long.length = CPG_MAX_NAME_LENGTH + 1;
	T(cpg_membership_get(T_BAD_HANDLE, &group, members, &count));
	T(cpg_membership_get(T_BAD_HANDLE, &group, NULL, &count));
	T(cpg_membership_get(h, &too_long, NULL, &count));
	T(cpg_membership_get(h, &group, NULL, &count));
	T(cpg_membership_get(h, &group, members, NULL));
	NUM(count);
	T(cpg_membership_get(h, &nobody, members, &count));
	NUM(count);
	joined(h, "members");
	T(cpg_membership_get(h, &group, members, &count));
	NUM(count);
	IS(members[0].pid == (uint32_t)getpid());
	NUM(members[0].reason);
	T(cpg_finalize(h));
	return T_END();
}
