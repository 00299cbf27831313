#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map(), other = open_map();
	cmap_iter_handle_t iterator;

	T(cmap_iter_init(handle, NULL, &iterator));
	T(cmap_iter_finalize(T_BAD_HANDLE, iterator));
	T(cmap_iter_finalize(other, iterator));
	T(cmap_iter_finalize(handle, 12345));
	T(cmap_iter_finalize(handle, iterator));
	T(cmap_iter_finalize(handle, iterator));
	T(cmap_iter_init(handle, NULL, &iterator));
	T(cmap_finalize(handle));
	T(cmap_iter_finalize(handle, iterator));
	T(cmap_finalize(other));
	return T_END();
}
