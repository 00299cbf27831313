/*
 * Writes down when quorum was told: a line each time, NANOSECONDS QUORATE NODES, the time being that of the machine's
 * monotonic clock, which all virtual hosts share. Comes back when the daemon does; runs until it is killed.
 */
#include <corosync/quorum.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Between two attempts to find a daemon. */
#define RETRY_NS 2000000

static void told(quorum_handle_t handle, uint32_t quorate, uint64_t ring, uint32_t count, uint32_t *nodes)
{
	struct timespec t;

	(void)handle, (void)ring, (void)nodes;
	clock_gettime(CLOCK_MONOTONIC, &t);
	printf("%" PRIu64 " %" PRIu32 " %" PRIu32 "\n", (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec, quorate, count);
	fflush(stdout);
}

int main(void)
{
	quorum_callbacks_t callbacks = { .quorum_notify_fn = told };
	struct timespec retry = { .tv_nsec = RETRY_NS };
	quorum_handle_t handle;
	uint32_t type;

	for (;;) {
		if (quorum_initialize(&handle, &callbacks, &type) == CS_OK) {
			if (quorum_trackstart(handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES) == CS_OK)
				quorum_dispatch(handle, CS_DISPATCH_BLOCKING);
			quorum_finalize(handle);
		}
		nanosleep(&retry, NULL);
	}
}
