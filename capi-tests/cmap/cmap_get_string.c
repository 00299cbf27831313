#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();
	char *value = "untouched";

	T(cmap_get_string(handle, "test.string", &value));
	printf("%s\n", value);
	T(cmap_set_uint32(handle, "test.string", 1));
	T(cmap_get_string(handle, "test.string", &value));
	T(cmap_set(handle, "test.string", "text", 5, CMAP_VALUETYPE_BINARY));
	T(cmap_get_string(handle, "test.string", &value));
	printf("%s\n", value);
	T(cmap_set_string(handle, "test.string", "text"));
	T(cmap_get_string(handle, "test.string", &value));
	printf("%s\n", value);
	free(value);
	T(cmap_set_string(handle, "test.string", ""));
	T(cmap_get_string(handle, "test.string", &value));
	printf("'%s'\n", value);
	free(value);
	T(cmap_delete(handle, "test.string"));
	T(cmap_get_string(handle, NULL, &value));
	T(cmap_get_string(handle, too_long, &value));
	T(cmap_get_string(T_BAD_HANDLE, too_long, &value));
	T(cmap_get_string(T_BAD_HANDLE, "test.string", &value));
	T(cmap_finalize(handle));
	T(cmap_get_string(handle, "test.string", &value));
	return T_END();
}
