#include "common.h"

static void walk(cmap_handle_t handle, const char *prefix)
{
	cmap_iter_handle_t iterator;
	cmap_value_types_t type;
	char key[256];
	size_t len;
	cs_error_t result;

	printf("prefix '%s'\n", prefix);
	T(cmap_iter_init(handle, prefix, &iterator));
	while ((result = cmap_iter_next(handle, iterator, key, &len, &type)) == CS_OK)
		printf("%s: type %d, %zu bytes\n", key, (int)type, len);
	printf("at the end: %d\n", (int)result);
	T(cmap_iter_next(handle, iterator, key, &len, &type));
	T(cmap_iter_finalize(handle, iterator));
}

int main(void)
{
	static const char *const keys[] = {
		"test.iter.b", "test.iter.a", "test.iter.a.1", "test.iter.B", "test.iter.a-1", "test.iter.a/1", "test.iter.a:1",
		"test.iter.10", "test.iter.9", "test.iter.a_1", "test.iter.aa", "test.iter", "test.iterate",
	};
	cmap_handle_t handle = open_map(), stats;
	cmap_iter_handle_t iterator;
	cmap_value_types_t type;
	char key[256];
	size_t len, i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		T(cmap_set(handle, keys[i], keys[i], strlen(keys[i]) + 1, i % 2 ? CMAP_VALUETYPE_STRING : CMAP_VALUETYPE_BINARY));
	walk(handle, "test.iter");
	walk(handle, "test.iter.");
	walk(handle, "test.iter.a");
	walk(handle, "test.iter.b");
	walk(handle, "test.iter.none");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		T(cmap_delete(handle, keys[i]));
	walk(handle, "test.");

	T(cmap_iter_init(handle, NULL, &iterator));
	T(cmap_iter_next(handle, iterator, NULL, &len, &type));
	T(cmap_iter_next(handle, iterator, key, NULL, NULL));
	T(cmap_iter_next(handle, 12345, key, &len, &type));
	T(cmap_iter_next(T_BAD_HANDLE, iterator, key, &len, &type));
	T(cmap_iter_next(T_BAD_HANDLE, iterator, NULL, &len, &type));
	T(cmap_iter_finalize(handle, iterator));
	T(cmap_iter_next(handle, iterator, key, &len, &type));
	T(cmap_finalize(handle));
	T(cmap_iter_next(handle, iterator, key, &len, &type));

	T(cmap_initialize_map(&stats, CMAP_MAP_STATS));
	walk(stats, "stats.srp.");
	walk(stats, "stats.pg.");
	walk(stats, "stats.ipcs.global.");
	T(cmap_finalize(stats));
	return T_END();
}
