#include "common.h"

#define ALL (CMAP_TRACK_ADD | CMAP_TRACK_MODIFY | CMAP_TRACK_DELETE)

int main(void)
{
	cmap_handle_t handle = open_map(), other = open_map(), stats;
	cmap_track_handle_t tracker;

	/* of several trackers, who is told first */
	T(cmap_track_add(handle, NULL, ALL | CMAP_TRACK_PREFIX, print_event, "everything", &tracker));
	T(cmap_track_add(handle, NULL, ALL, print_event, "no prefix", &tracker));
	T(cmap_track_add(handle, "", ALL | CMAP_TRACK_PREFIX, print_event, "everything again", &tracker));
	T(cmap_track_add(handle, "test.track", ALL | CMAP_TRACK_PREFIX, print_event, "prefix", &tracker));
	T(cmap_track_add(handle, "test.track.x", ALL, print_event, "key", &tracker));
	T(cmap_track_add(handle, "test.track.x", ALL, print_event, "key again", &tracker));
	T(cmap_track_add(handle, "test.track", ALL | CMAP_TRACK_PREFIX, print_event, "prefix again", &tracker));
	T(cmap_track_add(handle, "test.track", ALL, print_event, "other key", &tracker));
	T(cmap_track_add(handle, "test.track.x", ALL | CMAP_TRACK_PREFIX, print_event, "key as prefix", &tracker));
	T(cmap_track_add(handle, "test.track.x", CMAP_TRACK_DELETE, print_event, "deletion", &tracker));
	T(cmap_track_add(handle, "test.track.x", CMAP_TRACK_ADD, print_event, "addition", &tracker));
	T(cmap_track_add(handle, "test.track.x", 0, print_event, "nothing", &tracker));
	T(cmap_track_add(other, "test.", CMAP_TRACK_MODIFY | CMAP_TRACK_PREFIX, print_event, "modification", &tracker));
	T(cmap_set_uint16(handle, "test.track.x", 1));
	T(cmap_set_uint16(handle, "test.track.x", 1));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_set_string(handle, "test.track.x", "text"));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_delete(handle, "test.track.x"));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_set_int8(handle, "test.track", 1));
	T(cmap_inc(handle, "test.track"));
	T(cmap_set(handle, "test.track", "", 0, CMAP_VALUETYPE_BINARY));
	T(cmap_delete(handle, "test.track"));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_dispatch(other, CS_DISPATCH_ALL));

	T(cmap_track_add(handle, "test.", 16, print_event, "unknown", &tracker));
	T(cmap_track_add(handle, "test.", -1, print_event, "unknown", &tracker));
	T(cmap_track_add(handle, "test.", ALL, NULL, "null", &tracker));
	T(cmap_track_add(handle, "test.", ALL, print_event, "null", NULL));
	T(cmap_track_add(handle, longest, ALL, print_event, "long", &tracker));
	T(cmap_track_add(handle, too_long, ALL, print_event, "long", &tracker));
	T(cmap_track_add(T_BAD_HANDLE, too_long, ALL, print_event, "bad", &tracker));
	T(cmap_track_add(T_BAD_HANDLE, "test.", ALL, NULL, "bad", &tracker));
	T(cmap_finalize(handle));
	T(cmap_track_add(handle, "test.", ALL, print_event, "late", &tracker));
	T(cmap_finalize(other));

	T(cmap_initialize_map(&stats, CMAP_MAP_STATS));
	T(cmap_track_add(stats, "stats.", CMAP_TRACK_MODIFY | CMAP_TRACK_PREFIX, print_event, "stats", &tracker));
	T(cmap_track_add(stats, "stats.", CMAP_TRACK_ADD | CMAP_TRACK_PREFIX, print_event, "stats", &tracker));
	T(cmap_track_add(stats, "stats.", CMAP_TRACK_DELETE | CMAP_TRACK_PREFIX, print_event, "stats", &tracker));
	T(cmap_track_add(stats, "stats.", ALL | CMAP_TRACK_PREFIX, print_event, "stats", &tracker));
	T(cmap_track_add(stats, "stats.srp.mcast_tx", CMAP_TRACK_MODIFY, print_event, "stats", &tracker));
	T(cmap_track_add(stats, "stats.none", CMAP_TRACK_MODIFY, print_event, "stats", &tracker));
	T(cmap_track_delete(stats, tracker));
	T(cmap_finalize(stats));
	return T_END();
}
