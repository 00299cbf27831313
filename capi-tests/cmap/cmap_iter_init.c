#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();
	cmap_iter_handle_t one, two;
	char key[256];

	T(cmap_iter_init(handle, NULL, NULL));
	T(cmap_iter_init(T_BAD_HANDLE, NULL, NULL));
	T(cmap_iter_init(T_BAD_HANDLE, NULL, &one));
	T(cmap_iter_init(T_BAD_HANDLE, too_long, &one));
	T(cmap_iter_init(handle, too_long, &one));
	T(cmap_iter_init(handle, longest, &one));
	T(cmap_iter_next(handle, one, key, NULL, NULL));
	T(cmap_iter_init(handle, "no such key", &one));
	T(cmap_iter_next(handle, one, key, NULL, NULL));

	T(cmap_iter_init(handle, NULL, &one));
	T(cmap_iter_init(handle, "", &two));
	printf("two iterations %s\n", one == two ? "are one" : "differ");
	T(cmap_iter_next(handle, one, key, NULL, NULL));
	printf("%s\n", key);
	T(cmap_iter_next(handle, two, key, NULL, NULL));
	printf("%s\n", key);
	T(cmap_finalize(handle));
	T(cmap_iter_init(handle, NULL, &one));
	return T_END();
}
