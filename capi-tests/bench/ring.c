/*
 * How fast a process group of several hosts is, and what its messages cost the daemons. One of these runs on each host:
 * for each size the first host's sends alone, then all of them send. A message counts where it is delivered, and
 * everybody hears everything, so all hosts count the same.
 *
 *   ring INDEX HOSTS SECONDS       INDEX from 1
 *
 * Prints a line a phase: SENDERS SIZE MESSAGES SECONDS NANOSECONDS, the last being this host's daemon's processor time.
 */
#include <corosync/cpg.h>
#include <dirent.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Nobody sends for that long between two phases, so that everybody is done with the first. */
#define PAUSE_MS 30

/* Nothing at all was delivered for that long: the ring is stuck. */
#define STUCK_MS 20000

static const size_t sizes[] = { 64, 320, 1600, 8000, 40000, 200000, 1000000 };
static uint64_t received, own, ends;
static size_t members;

/* Ends of all phases together. */
static uint64_t all_ends;
static uint32_t me;
static char message[1000000];

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

/* A message of one byte says that its sender has no more in this phase. */
static void deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *msg, size_t len)
{
	(void)handle, (void)group, (void)pid, (void)msg;
	if (len == 1) {
		ends++;
		return;
	}
	received++;
	own += node == me;
}

static void changed(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *list, size_t count,
		    const struct cpg_address *left, size_t left_count, const struct cpg_address *joined, size_t joined_count)
{
	(void)handle, (void)group, (void)list, (void)left, (void)joined, (void)joined_count;
	members = count;
	/* Who heard the last end first may be gone before others hear it. */
	if (!left_count || ends == all_ends)
		return;
	fprintf(stderr, "a member left\n");
	exit(1);
}

/* Waits that long at most and takes what was delivered. */
static int hear(cpg_handle_t handle, int milliseconds)
{
	struct pollfd fd = { .events = POLLIN };
	int ready;

	check("cpg_fd_get", cpg_fd_get(handle, &fd.fd));
	ready = poll(&fd, 1, milliseconds);
	if (ready > 0)
		check("cpg_dispatch", cpg_dispatch(handle, CS_DISPATCH_ALL));
	return ready > 0;
}

/* The same, for something that must come. */
static void await_more(cpg_handle_t handle)
{
	if (hear(handle, STUCK_MS))
		return;
	fprintf(stderr, "nothing delivered for %d ms\n", STUCK_MS);
	exit(1);
}

static void send_one(cpg_handle_t handle, size_t size)
{
	struct iovec part = { message, size };
	cs_error_t error;

	while ((error = cpg_mcast_joined(handle, CPG_TYPE_AGREED, &part, 1)) == CS_ERR_TRY_AGAIN)
		hear(handle, 1);
	check("cpg_mcast_joined", error);
}

/* The daemon of this host: the one process of that name in its process namespace. */
static int daemon_pid(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char path[300], name[32];
	int found = 0;

	while (folder && !found && (entry = readdir(folder))) {
		FILE *file;

		snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
		if (!atoi(entry->d_name) || !(file = fopen(path, "r")))
			continue;
		if (fgets(name, sizeof name, file) && !strcmp(name, "corosync\n"))
			found = atoi(entry->d_name);
		fclose(file);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Nanoseconds that all of its threads ran. */
static uint64_t daemon_cpu(int pid)
{
	char path[300];
	struct dirent *entry;
	uint64_t sum = 0, one;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		FILE *file;

		snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, entry->d_name);
		if (entry->d_name[0] == '.' || !(file = fopen(path, "r")))
			continue;
		if (fscanf(file, "%lu", &one) == 1)
			sum += one;
		fclose(file);
	}
	if (folder)
		closedir(folder);
	return sum;
}

/* Sends for that long, in bursts that the event ring has room for, and hears; then says that it is done. */
static void sender(cpg_handle_t handle, size_t size, double seconds)
{
	uint64_t burst = size < 8000 ? 64 : 4, sent = 0, first = own;
	double start = now();

	do {
		for (uint64_t i = 0; i < burst; i++, sent++)
			send_one(handle, size);
		hear(handle, 0);
		while (sent > own - first + 4 * burst)
			await_more(handle);
	} while (now() - start < seconds);
	send_one(handle, 1);
}

/* Ends when everybody who sends has said so, at the same place of the stream on every host. */
static void phase(cpg_handle_t handle, int sends, int senders, size_t size, double seconds, uint64_t *ended)
{
	if (sends)
		sender(handle, size, seconds);
	*ended += senders;
	while (ends < *ended)
		await_more(handle);
}

static void pause_between(void)
{
	struct timespec t = { .tv_nsec = PAUSE_MS * 1000000L };

	nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	int index = argc > 1 ? atoi(argv[1]) : 1, hosts = argc > 2 ? atoi(argv[2]) : 1, pid = daemon_pid();
	double seconds = argc > 3 ? atof(argv[3]) : 1;
	cpg_callbacks_t callbacks = { deliver, changed };
	struct cpg_name group = { 5, "bench" };
	int steps = sizeof sizes / sizeof *sizes;
	uint64_t ended = 0;
	cpg_handle_t handle;

	all_ends = hosts + steps + (hosts > 1 ? hosts * steps : 0);
	check("cpg_initialize", cpg_initialize(&handle, &callbacks));
	check("cpg_local_get", cpg_local_get(handle, &me));
	check("cpg_join", cpg_join(handle, &group));
	while (members < (size_t)hosts)
		await_more(handle);
	/* A phase without messages: now everybody has joined and knows it. */
	send_one(handle, 1);
	phase(handle, 0, hosts, 0, 0, &ended);
	for (int senders = 1; senders <= hosts; senders += hosts > 1 ? hosts - 1 : 1) {
		for (int i = 0; i < steps; i++) {
			uint64_t before = received, cpu;
			double start;

			pause_between();
			cpu = daemon_cpu(pid);
			start = now();
			phase(handle, index <= senders, senders, sizes[i], seconds, &ended);
			printf("%d %zu %lu %.6f %lu\n", senders, sizes[i], received - before, now() - start, daemon_cpu(pid) - cpu);
			fflush(stdout);
		}
	}
	check("cpg_finalize", cpg_finalize(handle));
	return 0;
}
