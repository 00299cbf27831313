/* cpg_zcb_free: a bad handle; a buffer is usable until its end. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	void *a = NULL;

	NEED(cpg_zcb_alloc(h, 4096, &a));
	T(cpg_zcb_free(T_BAD_HANDLE, a));
	memset(a, 1, 4096);
	T(cpg_zcb_free(h, a));
	NEED(cpg_zcb_alloc(h, 4096, &a));
	T(cpg_finalize(h));
	T(cpg_zcb_free(h, a));
	return T_END();
}
