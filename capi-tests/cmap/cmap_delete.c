#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();

	T(cmap_set_uint8(handle, "test.delete", 1));
	T(cmap_set_uint8(handle, "test.delete.more", 1));
	T(cmap_delete(handle, "test.delete"));
	T(cmap_delete(handle, "test.delete"));
	show(handle, "test.delete");
	show(handle, "test.delete.more");
	T(cmap_delete(handle, "test.delete."));
	T(cmap_delete(handle, "test.delete.more"));
	T(cmap_delete(handle, NULL));
	T(cmap_delete(handle, ""));
	T(cmap_delete(handle, "a b"));
	T(cmap_delete(handle, "system.none"));
	T(cmap_delete(handle, "totem.transport"));
	T(cmap_delete(handle, too_long));
	T(cmap_delete(T_BAD_HANDLE, too_long));
	T(cmap_delete(T_BAD_HANDLE, "test.delete"));
	T(cmap_finalize(handle));
	T(cmap_delete(handle, "test.delete"));
	return T_END();
}
