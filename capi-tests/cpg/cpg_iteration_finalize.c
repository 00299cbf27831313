/* cpg_iteration_finalize: bad handles, twice. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	cpg_iteration_handle_t i = 0;
	struct cpg_iteration_description_t d;

	T(cpg_iteration_finalize(T_BAD_HANDLE));
	T(cpg_iteration_initialize(h, CPG_ITERATION_ALL, NULL, &i));
	T(cpg_iteration_finalize(i));
	T(cpg_iteration_finalize(i));
	T(cpg_iteration_next(i, &d));
	T(cpg_finalize(h));
	return T_END();
}
