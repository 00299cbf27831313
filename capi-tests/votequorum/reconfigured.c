/* Settings changed in the map while the daemon runs: two_node and what it brings, bad combinations, wait_for_all
 * cancelled, a node's votes. T_FRESH: the configuration changes. */
#include "common.h"
#include <corosync/cmap.h>

static cmap_handle_t map;

static void runtime(void)
{
	static const char *const bytes[] = { "two_node", "wait_for_all_status", "qdevice_can_operate" };
	static const char *const words[] = { "ev_barrier", "this_node_id", "lowest_node_id", "highest_node_id", "atb_type" };
	char key[64];
	size_t at;

	for (at = 0; at < sizeof bytes / sizeof *bytes; at++) {
		uint8_t value = 77;

		snprintf(key, sizeof key, "runtime.votequorum.%s", bytes[at]);
		if (N(key, cmap_get_uint8(map, key, &value)) == CS_OK)
			NUM(value);
	}
	for (at = 0; at < sizeof words / sizeof *words; at++) {
		uint32_t value = 77;

		snprintf(key, sizeof key, "runtime.votequorum.%s", words[at]);
		if (N(key, cmap_get_uint32(map, key, &value)) == CS_OK)
			NUM(value);
	}
}

int main(void)
{
	static const char *const fixed[] = {
		"quorum.allow_downscale", "quorum.wait_for_all", "quorum.last_man_standing",
		"quorum.expected_votes_tracking", "quorum.auto_tie_breaker",
	};
	votequorum_handle_t h = open_votes();
	uint8_t cancel = 77;
	size_t at;

	NEED(cmap_initialize(&map));
	runtime();
	for (at = 0; at < sizeof fixed / sizeof *fixed; at++)
		N(fixed[at], cmap_set_uint8(map, fixed[at], 1));
	T(cmap_set_uint32(map, "quorum.last_man_standing_window", 1));
	T(cmap_set_string(map, "quorum.auto_tie_breaker_node", "lowest"));
	show(h);

	puts("two nodes");
	T(cmap_set_uint8(map, "quorum.two_node", 1));
	show(h);
	T(cmap_set_uint32(map, "quorum.expected_votes", 2));
	show(h);
	runtime();

	puts("a device besides");
	T(cmap_set_string(map, "quorum.device.model", "net"));
	show(h);
	T(votequorum_qdevice_register(h, "dev"));
	runtime();
	T(cmap_delete(map, "quorum.device.model"));
	T(cmap_set_uint8(map, "quorum.two_node", 0));
	show(h);
	T(votequorum_qdevice_register(h, "dev"));
	T(cmap_set_uint8(map, "quorum.cancel_wait_for_all", 1));
	show(h);
	T(cmap_get_uint8(map, "quorum.cancel_wait_for_all", &cancel));
	NUM(cancel);

	puts("votes");
	T(cmap_set_uint32(map, "nodelist.node.0.quorum_votes", 3));
	show(h);
	T(cmap_set_uint32(map, "nodelist.node.1.nodeid", 2));
	T(cmap_set_uint32(map, "nodelist.node.1.quorum_votes", 9));
	show(h);
	T(cmap_delete(map, "quorum.expected_votes"));
	show(h);
	runtime();
	T(votequorum_finalize(h));
	T(cmap_finalize(map));
	return T_END();
}
