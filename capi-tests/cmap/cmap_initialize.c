#include "common.h"

int main(void)
{
	cmap_handle_t one = open_map(), two = open_map();

	printf("two handles %s\n", one == two ? "are one" : "differ");
	T(cmap_finalize(one));
	T(cmap_set_uint8(two, "test.initialize", 1));
	T(cmap_delete(two, "test.initialize"));
	one = open_map();
	T(cmap_finalize(two));
	T(cmap_finalize(one));
	return T_END();
}
