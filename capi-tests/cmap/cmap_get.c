#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();
	char value[20000] = "untouched";
	size_t len = 1;
	cmap_value_types_t type = 77;

	T(cmap_get(handle, "test.get", value, &len, &type));
	printf("%s, %zu, %d\n", value, len, (int)type);
	T(cmap_set_string(handle, "test.get", "hello"));
	T(cmap_get(handle, "test.get", NULL, NULL, NULL));
	T(cmap_get(handle, "test.get", NULL, &len, NULL));
	printf("%zu\n", len);
	T(cmap_get(handle, "test.get", NULL, NULL, &type));
	printf("%d\n", (int)type);
	T(cmap_get(handle, "test.get", value, NULL, &type));
	len = 5;
	type = 77;
	T(cmap_get(handle, "test.get", value, &len, &type));
	printf("%s, %zu, %d\n", value, len, (int)type);
	len = 6;
	T(cmap_get(handle, "test.get", value, &len, &type));
	printf("%s, %zu, %d\n", value, len, (int)type);
	len = sizeof(value);
	T(cmap_get(handle, "test.get", value, &len, NULL));
	printf("%s, %zu\n", value, len);

	memset(value, 'b', sizeof(value));
	T(cmap_set(handle, "test.get", value, 16384, CMAP_VALUETYPE_STRING));
	memset(value, 0, sizeof(value));
	len = 16384;
	T(cmap_get(handle, "test.get", value, &len, &type));
	len = 16385;
	T(cmap_get(handle, "test.get", value, &len, &type));
	printf("%zu, %zu, %d\n", strlen(value), len, (int)type);
	T(cmap_delete(handle, "test.get"));

	len = sizeof(value);
	T(cmap_get(handle, NULL, value, &len, &type));
	T(cmap_get(handle, "", value, &len, &type));
	T(cmap_get(handle, "a b", value, &len, &type));
	T(cmap_get(handle, longest, value, &len, &type));
	T(cmap_get(handle, too_long, value, NULL, &type));
	T(cmap_get(T_BAD_HANDLE, "test.get", value, NULL, &type));
	T(cmap_get(T_BAD_HANDLE, "test.get", value, &len, &type));
	T(cmap_finalize(handle));
	T(cmap_get(handle, "test.get", value, &len, &type));
	return T_END();
}
