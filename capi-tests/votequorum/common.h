/* What the programs about libvotequorum share: callbacks that print, and a look at the votes. Each program leaves the
 * daemon with one vote, one expected and no quorum device, or is T_FRESH. */
#ifndef SYSTOLE_CAPI_TESTS_VOTEQUORUM_H
#define SYSTOLE_CAPI_TESTS_VOTEQUORUM_H

#include "t.h"
#include <corosync/votequorum.h>

/* What the newest nodelist event told: what a device polls with. */
static votequorum_ring_id_t last_ring;

/* What a callback finalises, once. */
static votequorum_handle_t finalize_inside;

T_UNUSED static void finalize_if_asked(votequorum_handle_t handle)
{
	if (finalize_inside != 0 && finalize_inside == handle) {
		finalize_inside = 0;
		T(votequorum_finalize(handle));
	}
}

T_UNUSED static void on_quorum(votequorum_handle_t handle, uint64_t context, uint32_t quorate, uint32_t count,
			       votequorum_node_t nodes[])
{
	uint32_t at;

	printf("quorum %llu: quorate %u nodes", (unsigned long long)context, quorate);
	for (at = 0; at < count; at++)
		printf(" %u=%u", nodes[at].nodeid, nodes[at].state);
	puts("");
	finalize_if_asked(handle);
}

T_UNUSED static void on_expected(votequorum_handle_t handle, uint64_t context, uint32_t votes)
{
	printf("expected %llu: %u\n", (unsigned long long)context, votes);
	finalize_if_asked(handle);
}

T_UNUSED static void on_nodelist(votequorum_handle_t handle, uint64_t context, votequorum_ring_id_t ring,
				 uint32_t count, uint32_t nodes[])
{
	uint32_t at;

	last_ring = ring;
	printf("nodelist %llu: ring %u.%s nodes", (unsigned long long)context, ring.nodeid,
	       ring.seq != 0 ? "set" : "none");
	for (at = 0; at < count; at++)
		printf(" %u", nodes[at]);
	puts("");
	finalize_if_asked(handle);
}

T_UNUSED static votequorum_handle_t open_votes(void)
{
	votequorum_callbacks_t callbacks = { on_quorum, on_expected, on_nodelist };
	votequorum_handle_t handle = 0;

	NEED(votequorum_initialize(&handle, &callbacks));
	return handle;
}

T_UNUSED static void print_info(const struct votequorum_info *info)
{
	printf("node %u state %u votes %u expected %u highest %u total %u quorum %u flags %u device %u '%s'\n",
	       info->node_id, info->node_state, info->node_votes, info->node_expected_votes, info->highest_expected,
	       info->total_votes, info->quorum, info->flags, info->qdevice_votes, info->qdevice_name);
}

/* What the daemon says of the local node, once what was multicast before came back. */
T_UNUSED static void show(votequorum_handle_t handle)
{
	struct votequorum_info info;

	t_sleep(200);
	NEED(votequorum_getinfo(handle, 0, &info));
	print_info(&info);
}

/* Learns the ring that a device must poll with. */
T_UNUSED static void learn_ring(votequorum_handle_t handle)
{
	NEED(votequorum_trackstart(handle, 0, CS_TRACK_CURRENT));
	NEED(votequorum_dispatch(handle, CS_DISPATCH_ALL));
}

/* A name of so many bytes. */
T_UNUSED static const char *long_name(size_t length)
{
	static char name[600];

	memset(name, 'q', sizeof name);
	name[length] = 0;
	return name;
}

#endif
