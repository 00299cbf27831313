/* cpg_leave: without having joined, twice, names. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	struct cpg_name group = name("leave"), too_long = name("x");

	too_long.length = CPG_MAX_NAME_LENGTH + 1;
	T(cpg_leave(T_BAD_HANDLE, &group));
	T(cpg_leave(T_BAD_HANDLE, &too_long));
	T(cpg_leave(h, &group));
	T(cpg_leave(h, &too_long));
	T(cpg_join(h, &group));
	/* waits for the join */
	T(cpg_leave(h, &group));
	settle(h);
	T(cpg_leave(h, &group));
	N("say", say(h, "not in it any more"));
	settle(h);
	T(cpg_finalize(h));
	return T_END();
}
