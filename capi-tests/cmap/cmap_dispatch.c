#include "common.h"

static cmap_track_handle_t tracker;

static void finalize(cmap_handle_t handle, cmap_track_handle_t from, int32_t event, const char *key,
	struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data)
{
	print_event(handle, from, event, key, new_value, old_value, data);
	printf("tracker %s\n", from == tracker ? "known" : "unknown");
	T(cmap_finalize(handle));
}

/* uses its handle, and dispatches the next event, in the middle of an event */
static void nested(cmap_handle_t handle, cmap_track_handle_t from, int32_t event, const char *key,
	struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data)
{
	uint8_t value = 0;

	print_event(handle, from, event, key, new_value, old_value, data);
	T(cmap_get_uint8(handle, key, &value));
	printf("value %d\n", value);
	T(cmap_dispatch(handle, CS_DISPATCH_ONE_NONBLOCKING));
	print_event(handle, from, event, key, new_value, old_value, data);
}

static void change(cmap_handle_t handle, uint8_t from, uint8_t to)
{
	for (; from <= to; from++)
		T(cmap_set_uint8(handle, "test.dispatch", from));
}

static void until_finalized(cmap_handle_t other, cs_dispatch_flags_t flags)
{
	cmap_handle_t handle = open_map();

	T(cmap_track_add(handle, "test.dispatch", CMAP_TRACK_MODIFY, finalize, "tracker", &tracker));
	change(other, 21, 22);
	T(cmap_dispatch(handle, flags));
	T(cmap_dispatch(handle, flags));
	change(other, 20, 20);
}

int main(void)
{
	cmap_handle_t handle = open_map(), other = open_map();

	T(cmap_dispatch(T_BAD_HANDLE, CS_DISPATCH_ALL));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_dispatch(handle, CS_DISPATCH_ONE_NONBLOCKING));

	T(cmap_track_add(handle, "test.dispatch", CMAP_TRACK_ADD | CMAP_TRACK_MODIFY, print_event, "tracker", &tracker));
	change(other, 1, 6);
	T(cmap_dispatch(handle, CS_DISPATCH_ONE));
	T(cmap_dispatch(handle, CS_DISPATCH_ONE_NONBLOCKING));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_dispatch(handle, CS_DISPATCH_ONE_NONBLOCKING));

	/* events of a tracker that was deleted meanwhile */
	change(other, 7, 11);
	T(cmap_track_delete(handle, tracker));
	T(cmap_dispatch(handle, CS_DISPATCH_ONE));
	T(cmap_dispatch(handle, CS_DISPATCH_ONE_NONBLOCKING));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_dispatch(handle, CS_DISPATCH_ONE_NONBLOCKING));

	T(cmap_track_add(handle, "test.dispatch", CMAP_TRACK_MODIFY, nested, "nested", &tracker));
	change(other, 12, 14);
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_finalize(handle));
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));

	until_finalized(other, CS_DISPATCH_ONE);
	until_finalized(other, CS_DISPATCH_ALL);
	until_finalized(other, CS_DISPATCH_BLOCKING);
	until_finalized(other, CS_DISPATCH_ONE_NONBLOCKING);
	/* no known flag */
	until_finalized(other, (cs_dispatch_flags_t)99);
	T(cmap_delete(other, "test.dispatch"));
	T(cmap_finalize(other));
	return T_END();
}
