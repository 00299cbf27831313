/* cpg_iteration_next: the order of groups and members, and after the end. */
#include "common.h"

static void walk(cpg_handle_t h, cpg_iteration_type_t kind, const struct cpg_name *group)
{
	cpg_iteration_handle_t i = 0;
	struct cpg_iteration_description_t d;
	cs_error_t error;

	NEED(cpg_iteration_initialize(h, kind, group, &i));
	while ((error = cpg_iteration_next(i, &d)) == CS_OK)
		printf("  %.*s p%d node %d\n", (int)d.group.length, d.group.value, pid_name(d.pid), d.nodeid != 0);
	N("end", error);
	N("next after the end", cpg_iteration_next(i, &d));
	T(cpg_iteration_finalize(i));
}

int main(void)
{
	cpg_handle_t h[4];
	struct cpg_name b = name("b"), none = name("none");
	struct cpg_iteration_description_t d;
	const char *groups[] = { "a", "b", "c", "bb" };

	for (int i = 0; i < 4; i++) {
		h[i] = connected();
		joined(h[i], groups[i]);
	}
	T(cpg_iteration_next(T_BAD_HANDLE, NULL));
	T(cpg_iteration_next(T_BAD_HANDLE, &d));
	walk(h[0], CPG_ITERATION_ALL, NULL);
	walk(h[0], CPG_ITERATION_NAME_ONLY, NULL);
	walk(h[0], CPG_ITERATION_ONE_GROUP, &b);
	walk(h[0], CPG_ITERATION_ONE_GROUP, &none);
	return T_END();
}
