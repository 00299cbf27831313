#include "common.h"

static void delete_itself(cmap_handle_t handle, cmap_track_handle_t tracker, int32_t event, const char *key,
	struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data)
{
	print_event(handle, tracker, event, key, new_value, old_value, data);
	T(cmap_track_delete(handle, tracker));
	print_event(handle, tracker, event, key, new_value, old_value, data);
}

int main(void)
{
	cmap_handle_t handle = open_map(), other = open_map();
	cmap_track_handle_t one, two;

	T(cmap_track_add(handle, "test.delete", CMAP_TRACK_ADD | CMAP_TRACK_MODIFY, print_event, "one", &one));
	T(cmap_track_add(handle, "test.delete", CMAP_TRACK_ADD | CMAP_TRACK_MODIFY, delete_itself, "two", &two));
	T(cmap_track_delete(T_BAD_HANDLE, one));
	T(cmap_track_delete(other, one));
	T(cmap_track_delete(handle, 12345));
	T(cmap_set_uint8(handle, "test.delete", 1));
	T(cmap_set_uint8(handle, "test.delete", 2));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_track_delete(handle, two));
	T(cmap_track_delete(handle, one));
	T(cmap_track_delete(handle, one));
	T(cmap_set_uint8(handle, "test.delete", 3));
	T(cmap_dispatch(handle, CS_DISPATCH_ONE_NONBLOCKING));
	T(cmap_delete(handle, "test.delete"));
	T(cmap_track_add(handle, "test.delete", CMAP_TRACK_ADD, print_event, "one", &one));
	T(cmap_finalize(handle));
	T(cmap_track_delete(handle, one));
	T(cmap_finalize(other));
	return T_END();
}
