/* cpg_max_atomic_msgsize_get */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	uint32_t size = 0;

	T(cpg_max_atomic_msgsize_get(T_BAD_HANDLE, &size));
	T(cpg_max_atomic_msgsize_get(h, &size));
	NUM(size);
	T(cpg_finalize(h));
	return T_END();
}
