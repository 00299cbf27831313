/* cpg_local_get */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	unsigned node = 0, again = 1;

	T(cpg_local_get(T_BAD_HANDLE, &node));
	T(cpg_local_get(h, &node));
	T(cpg_local_get(h, &again));
	IS(node != 0 && node == again);
	T(cpg_finalize(h));
	return T_END();
}
