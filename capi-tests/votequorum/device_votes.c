/* A configured quorum device: its vote counts while it polls and casts, is lost when it goes silent, and with
 * master_wins makes quorum alone. T_FRESH: the configuration changes. */
#include "common.h"
#include <corosync/cmap.h>

static votequorum_ring_id_t learn(votequorum_handle_t h)
{
	learn_ring(h);
	return last_ring;
}

int main(void)
{
	votequorum_handle_t h = open_votes();
	votequorum_ring_id_t ring = learn(h);
	cmap_handle_t map;
	uint8_t flag = 77;
	int error;

	NEED(cmap_initialize(&map));
	NEED(votequorum_trackstart(h, 8, CS_TRACK_CHANGES_ONLY));
	/* four are expected: three are needed, the node has one */
	T(cmap_set_uint32(map, "quorum.expected_votes", 4));
	T(cmap_set_uint32(map, "quorum.device.timeout", 600));
	T(cmap_set_uint32(map, "quorum.device.votes", 2));
	T(cmap_set_string(map, "quorum.device.model", "net"));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	AGAIN(error, votequorum_qdevice_register(h, "dev"));
	N("register", error);
	show(h);
	T(votequorum_qdevice_poll(h, "dev", 1, ring));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	puts("it goes silent");
	t_sleep(1200);
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_qdevice_poll(h, "dev", 1, ring));
	show(h);
	T(votequorum_qdevice_poll(h, "dev", 0, ring));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	/* ten are expected: votes alone can't make quorum any more, the device still can */
	T(cmap_set_uint32(map, "quorum.device.timeout", 60000));
	T(cmap_set_uint32(map, "quorum.expected_votes", 10));
	T(votequorum_qdevice_poll(h, "dev", 1, ring));
	show(h);
	T(votequorum_qdevice_master_wins(h, "dev", 1));
	show(h);
	T(cmap_get_uint8(map, "runtime.votequorum.qdevice_master_wins", &flag));
	NUM(flag);
	T(votequorum_qdevice_poll(h, "dev", 0, ring));
	show(h);
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_qdevice_unregister(h, "dev"));
	show(h);
	T(votequorum_finalize(h));
	T(cmap_finalize(map));
	return T_END();
}
