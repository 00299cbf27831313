/*
 * How fast a process group is: messages per second that one member sends and receives itself, by size, and the time
 * of one outstanding message. Prints one line a figure: NAME SIZE VALUE.
 *
 *   cpg [SECONDS]
 */
#include <corosync/cpg.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const size_t sizes[] = { 64, 320, 1600, 8000, 40000, 200000, 1000000 };
static uint64_t received;
static char message[1000000];

static void deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *msg, size_t len)
{
	(void)handle, (void)group, (void)node, (void)pid, (void)msg, (void)len;
	received++;
}

static void changed(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members, size_t member_count,
		    const struct cpg_address *left, size_t left_count, const struct cpg_address *joined, size_t joined_count)
{
	(void)handle, (void)group, (void)members, (void)member_count, (void)left, (void)left_count, (void)joined, (void)joined_count;
}

static void check(const char *what, cs_error_t error)
{
	if (error == CS_OK)
		return;
	fprintf(stderr, "%s: error %d\n", what, error);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void send_one(cpg_handle_t handle, size_t size)
{
	struct iovec part = { message, size };
	cs_error_t error;

	while ((error = cpg_mcast_joined(handle, CPG_TYPE_AGREED, &part, 1)) == CS_ERR_TRY_AGAIN)
		check("cpg_dispatch", cpg_dispatch(handle, CS_DISPATCH_ALL));
	check("cpg_mcast_joined", error);
}

static void await(cpg_handle_t handle, uint64_t until)
{
	while (received < until)
		check("cpg_dispatch", cpg_dispatch(handle, CS_DISPATCH_ONE));
}

/* Sends in bursts that the event ring has room for, as a program that also reads does. */
static void throughput(cpg_handle_t handle, size_t size, double seconds)
{
	uint64_t burst = size < 8000 ? 64 : 4, sent = 0, first = received;
	double start = now(), end;

	do {
		for (uint64_t i = 0; i < burst; i++, sent++)
			send_one(handle, size);
		check("cpg_dispatch", cpg_dispatch(handle, CS_DISPATCH_ALL));
		if (sent > received - first + 4 * burst)
			await(handle, first + sent - 4 * burst);
		end = now();
	} while (end - start < seconds);
	await(handle, first + sent);
	printf("cpg_messages_per_second %zu %.0f\n", size, sent / (now() - start));
	fflush(stdout);
}

static void latency(cpg_handle_t handle, size_t size, double seconds)
{
	double start = now();
	uint64_t first = received;

	do {
		send_one(handle, size);
		await(handle, received + 1);
	} while (now() - start < seconds);
	printf("cpg_latency_us %zu %.1f\n", size, (now() - start) * 1e6 / (received - first));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	cpg_callbacks_t callbacks = { deliver, changed };
	struct cpg_name group = { 5, "bench" };
	cpg_handle_t handle;

	check("cpg_initialize", cpg_initialize(&handle, &callbacks));
	check("cpg_join", cpg_join(handle, &group));
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		throughput(handle, sizes[i], seconds);
	latency(handle, 64, seconds);
	latency(handle, 8000, seconds);
	check("cpg_finalize", cpg_finalize(handle));
	return 0;
}
