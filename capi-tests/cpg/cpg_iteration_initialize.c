/* cpg_iteration_initialize: which kinds go with which groups. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	struct cpg_name group = name("iterate"), too_long = name("x");
	cpg_iteration_handle_t i = 0;

	too_long.length = CPG_MAX_NAME_LENGTH + 1;
	T(cpg_iteration_initialize(T_BAD_HANDLE, CPG_ITERATION_ALL, NULL, &i));
	T(cpg_iteration_initialize(T_BAD_HANDLE, CPG_ITERATION_ALL, &group, &i));
	T(cpg_iteration_initialize(h, CPG_ITERATION_ALL, &too_long, NULL));
	T(cpg_iteration_initialize(h, CPG_ITERATION_ALL, NULL, NULL));
	T(cpg_iteration_initialize(h, CPG_ITERATION_ONE_GROUP, NULL, &i));
	T(cpg_iteration_initialize(h, CPG_ITERATION_NAME_ONLY, &group, &i));
	T(cpg_iteration_initialize(h, 0, NULL, &i));
	T(cpg_iteration_initialize(h, 4, NULL, &i));
	T(cpg_iteration_initialize(h, CPG_ITERATION_ONE_GROUP, &group, &i));
	T(cpg_iteration_finalize(i));
	T(cpg_iteration_initialize(h, CPG_ITERATION_NAME_ONLY, NULL, &i));
	T(cpg_finalize(h));
	T(cpg_iteration_finalize(i));
	return T_END();
}
