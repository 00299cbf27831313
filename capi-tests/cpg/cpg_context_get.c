/* cpg_context_get, cpg_context_set */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	void *context = &h;
	int mine;

	T(cpg_context_get(T_BAD_HANDLE, &context));
	T(cpg_context_get(h, &context));
	IS(context == NULL);
	T(cpg_context_set(T_BAD_HANDLE, &mine));
	T(cpg_context_set(h, &mine));
	T(cpg_context_get(h, &context));
	IS(context == &mine);
	T(cpg_context_set(h, NULL));
	T(cpg_context_get(h, &context));
	IS(context == NULL);
	T(cpg_finalize(h));
	return T_END();
}
