#include "common.h"

/* trackers of statistics: those of a client's keys, and those of one key's value. Numbers and ids differ each time */
static void print_kind(cmap_handle_t handle, cmap_track_handle_t tracker, int32_t event, const char *key,
	struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data)
{
	(void)handle;
	(void)tracker;
	printf("%s: event %d, %s, new type %d, old type %d, values %s\n", (const char *)data, (int)event, strrchr(key, '.') + 1,
		(int)new_value.type, (int)old_value.type,
		new_value.len == old_value.len && !memcmp(new_value.data, old_value.data, new_value.len) ? "equal" : "differ");
}

int main(void)
{
	cmap_handle_t stats = 0, other;
	cmap_track_handle_t tracker;

	T(cmap_initialize_map(&stats, CMAP_MAP_STATS));
	T(cmap_track_add(stats, "stats.ipcs.", CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_PREFIX, print_kind, "clients",
		&tracker));
	other = open_map();
	T(cmap_dispatch(stats, CS_DISPATCH_ALL));
	T(cmap_finalize(other));
	t_sleep(300);
	T(cmap_dispatch(stats, CS_DISPATCH_ALL));
	T(cmap_track_delete(stats, tracker));

	/* looked at every 1.5 seconds */
	T(cmap_track_add(stats, "stats.ipcs.global.active", CMAP_TRACK_MODIFY, print_kind, "value", &tracker));
	other = open_map();
	T(cmap_dispatch(stats, CS_DISPATCH_ALL));
	t_sleep(2000);
	T(cmap_dispatch(stats, CS_DISPATCH_ALL));
	T(cmap_finalize(other));
	T(cmap_finalize(stats));
	return T_END();
}
