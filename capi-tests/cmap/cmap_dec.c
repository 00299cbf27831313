#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();

	T(cmap_set_int8(handle, "test.adjust", INT8_MIN));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");
	T(cmap_set_uint8(handle, "test.adjust", 0));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");
	T(cmap_set_uint16(handle, "test.adjust", 256));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");
	T(cmap_set_int16(handle, "test.adjust", 0));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");
	T(cmap_set_uint32(handle, "test.adjust", 0));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");
	T(cmap_set_int32(handle, "test.adjust", 0));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");
	T(cmap_set_uint64(handle, "test.adjust", 0));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");
	T(cmap_set_int64(handle, "test.adjust", 0));
	T(cmap_dec(handle, "test.adjust"));
	show(handle, "test.adjust");

	T(cmap_set_float(handle, "test.adjust", 1));
	T(cmap_dec(handle, "test.adjust"));
	T(cmap_set_double(handle, "test.adjust", 1));
	T(cmap_dec(handle, "test.adjust"));
	T(cmap_set_string(handle, "test.adjust", "1"));
	T(cmap_dec(handle, "test.adjust"));
	T(cmap_set(handle, "test.adjust", "1", 1, CMAP_VALUETYPE_BINARY));
	T(cmap_dec(handle, "test.adjust"));
	T(cmap_delete(handle, "test.adjust"));
	T(cmap_dec(handle, "test.adjust"));

	T(cmap_dec(handle, NULL));
	T(cmap_dec(handle, "a b"));
	T(cmap_dec(handle, "totem.version"));
	T(cmap_dec(handle, too_long));
	T(cmap_dec(T_BAD_HANDLE, too_long));
	T(cmap_dec(T_BAD_HANDLE, "test.adjust"));
	T(cmap_finalize(handle));
	T(cmap_dec(handle, "test.adjust"));
	return T_END();
}
