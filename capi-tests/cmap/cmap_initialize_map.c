#include "common.h"

int main(void)
{
	cmap_handle_t handle = 0;
	uint32_t number = 0;
	uint64_t count = 0;

	T(cmap_initialize_map(&handle, CMAP_MAP_DEFAULT));
	T(cmap_get_uint32(handle, "totem.version", &number));
	T(cmap_get_uint64(handle, "stats.srp.mcast_tx", &count));
	T(cmap_finalize(handle));

	T(cmap_initialize_map(&handle, CMAP_MAP_STATS));
	T(cmap_get_uint32(handle, "totem.version", &number));
	T(cmap_get_uint64(handle, "stats.srp.mcast_tx", &count));
	T(cmap_set_uint64(handle, "stats.srp.mcast_tx", 0));
	T(cmap_delete(handle, "stats.srp.mcast_tx"));
	T(cmap_inc(handle, "stats.srp.mcast_tx"));
	T(cmap_set_uint64(handle, "stats.none", 0));
	T(cmap_set_uint64(handle, "stats.clear.nothing", 0));
	T(cmap_set_string(handle, "stats.clear.schedmiss", "any value"));
	T(cmap_delete(handle, "stats.clear.schedmiss"));
	T(cmap_dec(handle, "stats.clear.schedmiss"));
	T(cmap_finalize(handle));

	/* the handle stays open, on the default map */
	T(cmap_initialize_map(&handle, 7));
	T(cmap_set_uint8(handle, "test.map", 1));
	T(cmap_delete(handle, "test.map"));
	T(cmap_finalize(handle));
	return T_END();
}
