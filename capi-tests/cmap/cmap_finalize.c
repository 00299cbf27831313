#include "common.h"

static void finalize(cmap_handle_t handle, cmap_track_handle_t tracker, int32_t event, const char *key,
	struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data)
{
	print_event(handle, tracker, event, key, new_value, old_value, data);
	T(cmap_finalize(handle));
	T(cmap_finalize(handle));
	T(cmap_delete(handle, "test.finalize"));
	/* values outlive their handle until this returns */
	print_event(handle, tracker, event, key, new_value, old_value, data);
}

int main(void)
{
	cmap_handle_t handle = open_map(), other = open_map();
	cmap_track_handle_t tracker;

	T(cmap_finalize(T_BAD_HANDLE));
	T(cmap_finalize(0));
	T(cmap_finalize(handle));
	T(cmap_finalize(handle));

	handle = open_map();
	T(cmap_track_add(handle, "test.finalize", CMAP_TRACK_ADD | CMAP_TRACK_MODIFY, finalize, "tracker", &tracker));
	T(cmap_set_uint8(other, "test.finalize", 1));
	T(cmap_set_uint8(other, "test.finalize", 2));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_set_uint8(other, "test.finalize", 3));
	T(cmap_delete(other, "test.finalize"));
	T(cmap_finalize(other));
	return T_END();
}
