#include "common.h"

int main(void)
{
	cmap_handle_t handle = open_map();

	T(cmap_set_string(handle, "test.string", "text"));
	show(handle, "test.string");
	T(cmap_set_string(handle, "test.string", ""));
	show(handle, "test.string");
	T(cmap_delete(handle, "test.string"));
	T(cmap_set_string(handle, "test.string", NULL));
	T(cmap_set_string(handle, NULL, "text"));
	T(cmap_set_string(handle, "ab", "text"));
	T(cmap_set_string(handle, "nodelist.test", "text"));
	T(cmap_set_string(T_BAD_HANDLE, too_long, "text"));
	T(cmap_set_string(T_BAD_HANDLE, too_long, NULL));
	T(cmap_set_string(T_BAD_HANDLE, "test.string", "text"));
	T(cmap_finalize(handle));
	T(cmap_set_string(handle, "test.string", "text"));
	return T_END();
}
