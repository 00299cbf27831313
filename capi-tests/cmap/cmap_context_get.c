#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();
	const void *context = &handle;

	T(cmap_context_get(T_BAD_HANDLE, &context));
	printf("%s\n", context == &handle ? "untouched" : "changed");
	T(cmap_context_get(handle, &context));
	printf("%s\n", context == NULL ? "null at first" : "not null");
	T(cmap_context_set(handle, &handle));
	T(cmap_context_get(handle, &context));
	printf("%s\n", context == &handle ? "mine" : "not mine");
	T(cmap_finalize(handle));
	T(cmap_context_get(handle, &context));
	return T_END();
}
