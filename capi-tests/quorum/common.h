/* What the programs about libquorum share: callbacks that print, and gaining and losing quorum on a ring of one. */
#ifndef SYSTOLE_CAPI_TESTS_QUORUM_H
#define SYSTOLE_CAPI_TESTS_QUORUM_H

#include "t.h"
#include <corosync/cmap.h>
#include <corosync/quorum.h>

T_UNUSED static void print_list(const char *name, uint32_t count, const uint32_t *list)
{
	uint32_t at;

	printf(" %s", name);
	for (at = 0; at < count; at++)
		printf(" %u", list[at]);
}

/* What a callback finalises, once. */
static quorum_handle_t finalize_inside;

T_UNUSED static void finalize_if_asked(quorum_handle_t handle)
{
	if (finalize_inside != 0 && finalize_inside == handle) {
		finalize_inside = 0;
		T(quorum_finalize(handle));
	}
}

T_UNUSED static void v0_quorum(quorum_handle_t handle, uint32_t quorate, uint64_t seq, uint32_t count, uint32_t *list)
{
	printf("v0 quorum: quorate %u ring %s", quorate, seq != 0 ? "set" : "none");
	print_list("members", count, list);
	puts("");
	finalize_if_asked(handle);
}

T_UNUSED static void v1_quorum(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring, uint32_t count,
			       const uint32_t *list)
{
	printf("v1 quorum: quorate %u ring %u.%s", quorate, ring.nodeid, ring.seq != 0 ? "set" : "none");
	print_list("members", count, list);
	puts("");
	finalize_if_asked(handle);
}

T_UNUSED static void v1_nodelist(quorum_handle_t handle, struct quorum_ring_id ring, uint32_t count,
				 const uint32_t *list, uint32_t joined_count, const uint32_t *joined, uint32_t left_count,
				 const uint32_t *left)
{
	(void)handle;
	printf("v1 nodelist: ring %u.%s", ring.nodeid, ring.seq != 0 ? "set" : "none");
	print_list("members", count, list);
	print_list("joined", joined_count, joined);
	print_list("left", left_count, left);
	puts("");
}

/* A handle of each model, with printing callbacks. */
T_UNUSED static quorum_handle_t open_v0(void)
{
	quorum_callbacks_t callbacks = { v0_quorum };
	quorum_handle_t handle = 0;
	uint32_t type = 77;

	NEED(quorum_initialize(&handle, &callbacks, &type));
	return handle;
}

T_UNUSED static quorum_handle_t open_v1(void)
{
	quorum_model_v1_data_t data = { QUORUM_MODEL_V1, v1_quorum, v1_nodelist };
	quorum_handle_t handle = 0;
	uint32_t type = 77;

	NEED(quorum_model_initialize(&handle, QUORUM_MODEL_V1, (quorum_model_data_t *)&data, &type, NULL));
	return handle;
}

/* Has the daemon expect so many votes, and waits until it is quorate or not, as that makes it. */
T_UNUSED static void expect_votes(quorum_handle_t handle, uint32_t votes)
{
	cmap_handle_t map;
	long long until = t_now() + 5000;
	int quorate = -1;

	NEED(cmap_initialize(&map));
	NEED(cmap_set_uint32(map, "quorum.expected_votes", votes));
	NEED(cmap_finalize(map));
	do {
		t_sleep(10);
		NEED(quorum_getquorate(handle, &quorate));
	} while (quorate != (votes == 1) && t_now() < until);
	printf("%u votes expected: quorate %d\n", votes, quorate);
}

#endif
