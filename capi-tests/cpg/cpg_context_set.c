/* cpg_context_set: each handle has its own. */
#include "common.h"

int main(void)
{
	cpg_handle_t a = connected(), b = connected();
	void *context = NULL;
	int one, two;

	T(cpg_context_set(a, &one));
	T(cpg_context_set(b, &two));
	T(cpg_context_get(a, &context));
	IS(context == &one);
	T(cpg_finalize(a));
	T(cpg_context_set(a, &two));
	T(cpg_context_get(b, &context));
	IS(context == &two);
	T(cpg_finalize(b));
	return T_END();
}
