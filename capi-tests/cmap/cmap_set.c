#include "common.h"

static char big[2 * 1024 * 1024];

int main(void)
{
	cmap_handle_t handle = open_map();
	uint64_t number = 0x0102030405060708ULL;
	size_t len = 0;
	int type;

	for (type = CMAP_VALUETYPE_INT8; type <= CMAP_VALUETYPE_BINARY; type++) {
		printf("type %d\n", type);
		T(cmap_set(handle, "test.set", &number, 1, type));
		T(cmap_set(handle, "test.set", &number, 2, type));
		T(cmap_set(handle, "test.set", &number, 4, type));
		T(cmap_set(handle, "test.set", &number, 8, type));
		show(handle, "test.set");
	}
	T(cmap_set(handle, "test.set", &number, 1, 0));
	T(cmap_set(handle, "test.set", &number, 1, 13));
	T(cmap_set(handle, "test.set", &number, 4, 256 + CMAP_VALUETYPE_UINT32));
	show(handle, "test.set");

	/* with its NUL, without, a part of it, and more than it */
	T(cmap_set(handle, "test.set", "text", 5, CMAP_VALUETYPE_STRING));
	show(handle, "test.set");
	T(cmap_set(handle, "test.set", "text", 4, CMAP_VALUETYPE_STRING));
	show(handle, "test.set");
	T(cmap_set(handle, "test.set", "text", 2, CMAP_VALUETYPE_STRING));
	show(handle, "test.set");
	T(cmap_set(handle, "test.set", "text\0more", 9, CMAP_VALUETYPE_STRING));
	T(cmap_set(handle, "test.set", "", 0, CMAP_VALUETYPE_STRING));
	show(handle, "test.set");
	T(cmap_set(handle, "test.set", "", 0, CMAP_VALUETYPE_BINARY));
	show(handle, "test.set");
	T(cmap_set(handle, "test.set", "", 0, CMAP_VALUETYPE_UINT8));

	memset(big, 'b', sizeof(big));
	T(cmap_set(handle, "test.set", big, 16384, CMAP_VALUETYPE_BINARY));
	T(cmap_set(handle, "test.set", big, 16384, CMAP_VALUETYPE_STRING));
	T(cmap_get(handle, "test.set", NULL, &len, NULL));
	printf("%zu bytes\n", len);
	T(cmap_set(handle, "test.set", big, 16385, CMAP_VALUETYPE_BINARY));
	T(cmap_set(handle, "test.set", big, 1000000, CMAP_VALUETYPE_BINARY));
	T(cmap_set(handle, "test.set", big, sizeof(big), CMAP_VALUETYPE_BINARY));
	T(cmap_delete(handle, "test.set"));

	/* which error comes first */
	T(cmap_set(handle, "a", &number, 3, CMAP_VALUETYPE_UINT8));
	T(cmap_set(handle, "a", &number, 1, CMAP_VALUETYPE_UINT8));
	T(cmap_set(handle, "", &number, 1, CMAP_VALUETYPE_UINT8));
	T(cmap_set(handle, "abc", &number, 1, CMAP_VALUETYPE_UINT8));
	T(cmap_delete(handle, "abc"));
	T(cmap_set(handle, "test/A-Z:0_9.", &number, 1, CMAP_VALUETYPE_UINT8));
	T(cmap_delete(handle, "test/A-Z:0_9."));
	T(cmap_set(handle, "test.\xc3\xa4", &number, 1, CMAP_VALUETYPE_UINT8));
	T(cmap_set(handle, "system.\xff", &number, 3, CMAP_VALUETYPE_UINT8));
	T(cmap_set(handle, "totem.version", &number, 4, CMAP_VALUETYPE_UINT32));
	T(cmap_set(handle, "totem.transport", "udp", 3, CMAP_VALUETYPE_STRING));
	T(cmap_set(handle, longest, &number, 1, CMAP_VALUETYPE_UINT8));
	T(cmap_delete(handle, longest));
	T(cmap_set(handle, too_long, &number, 3, CMAP_VALUETYPE_UINT8));
	T(cmap_set(T_BAD_HANDLE, too_long, &number, 3, CMAP_VALUETYPE_UINT8));
	T(cmap_set(T_BAD_HANDLE, too_long, NULL, 3, CMAP_VALUETYPE_UINT8));
	T(cmap_set(T_BAD_HANDLE, NULL, &number, 3, CMAP_VALUETYPE_UINT8));
	T(cmap_set(T_BAD_HANDLE, "test.set", &number, 3, CMAP_VALUETYPE_UINT8));
	T(cmap_finalize(handle));
	T(cmap_set(handle, "test.set", &number, 1, CMAP_VALUETYPE_UINT8));
	return T_END();
}
