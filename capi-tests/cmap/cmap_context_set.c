#include "common.h"

int main(void)
{
	cmap_handle_t one = open_map(), two = open_map();
	const void *context;

	T(cmap_context_set(T_BAD_HANDLE, &one));
	T(cmap_context_set(one, &one));
	T(cmap_context_set(two, &two));
	T(cmap_context_get(one, &context));
	printf("%s\n", context == &one ? "its own" : "not its own");
	T(cmap_context_set(one, NULL));
	T(cmap_context_get(one, &context));
	printf("%s\n", context == NULL ? "null" : "not null");
	T(cmap_finalize(one));
	T(cmap_context_set(one, &one));
	T(cmap_finalize(two));
	return T_END();
}
