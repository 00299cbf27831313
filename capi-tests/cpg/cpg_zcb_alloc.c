/* cpg_zcb_alloc, cpg_zcb_free: several, sizes. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	void *a = NULL, *b = NULL, *c = NULL;

	T(cpg_zcb_alloc(T_BAD_HANDLE, 100, &a));
	T(cpg_zcb_alloc(h, 100, &a));
	T(cpg_zcb_alloc(h, 1000000, &b));
	T(cpg_zcb_alloc(h, 0, &c));
	IS(a != b && b != c && a != c);
	memset(a, 1, 100);
	memset(b, 2, 1000000);
	T(cpg_zcb_free(h, a));
	T(cpg_zcb_free(h, c));
	T(cpg_zcb_free(h, b));
	T(cpg_finalize(h));
	return T_END();
}
