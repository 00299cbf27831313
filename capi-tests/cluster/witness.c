/*
 * A process group's member that sends numbered messages and writes down everything it is told. The judge reads what
 * several of them wrote (src/testkit/src/cluster/check.rs). Survives its daemon: it comes back as the same process.
 *
 *   witness SEED < commands > log
 *
 * Commands, a line each: "send RATE LARGEST" (messages a second, bytes; a rate of 0 stops), "mark" (one more message),
 * "leave", "join", "quit".
 *
 * The log, a line an event; processes are NODE:PID, rings NODE.SEQ, hashes FNV-1a of all bytes:
 *   I NODE:PID                        connected and asked to join        X            the daemon is gone
 *   A NUMBER LENGTH HASH              about to send                      S NUMBER     accepted
 *   D NODE:PID NUMBER LENGTH HASH     delivered                          L            asked to leave
 *   C MEMBERS LEFT JOINED             the group changed; lists of NODE:PID:REASON with commas, - when empty
 *   T RING NODES                      the ring changed
 *   Q QUORATE RING NODES              quorum                             V QUORATE NODE:STATE,...   votequorum
 */
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <corosync/votequorum.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Bytes of the longest message. */
#define LARGEST (1 << 20)

/* A message that has room for it begins with its number; a shorter one with as many of its bytes as it has. */
#define NUMBERED sizeof(uint64_t)

static const struct cpg_name group = { .length = 7, .value = "witness" };

static cpg_handle_t cpg;
static quorum_handle_t quorum;
static votequorum_handle_t votequorum;
static int connected, joined, left_for_good, pending, marks;
static uint64_t number, state;
static unsigned int rate;
static size_t largest;
static unsigned char message[LARGEST];
static size_t length;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t hash(const unsigned char *bytes, size_t count)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < count; i++)
		h = (h ^ bytes[i]) * 0x100000001b3ULL;
	return h;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void addresses(const struct cpg_address *list, size_t count)
{
	putchar(' ');
	for (size_t i = 0; i < count; i++)
		printf("%s%" PRIu32 ":%" PRIu32 ":%" PRIu32, i ? "," : "", list[i].nodeid, list[i].pid, list[i].reason);
	if (!count)
		putchar('-');
}

static void nodes(const uint32_t *list, size_t count)
{
	putchar(' ');
	for (size_t i = 0; i < count; i++)
		printf("%s%" PRIu32, i ? "," : "", list[i]);
	if (!count)
		putchar('-');
}

/* A line is written at once: what is in a buffer when everything is killed would be lost. */
static void line_end(void)
{
	putchar('\n');
	fflush(stdout);
}

static void deliver(cpg_handle_t handle, const struct cpg_name *name, uint32_t node, uint32_t pid, void *bytes, size_t count)
{
	uint64_t found = 0;

	(void)handle, (void)name;
	memcpy(&found, bytes, count < NUMBERED ? count : NUMBERED);
	printf("D %" PRIu32 ":%" PRIu32 " %" PRIu64 " %zu %016" PRIx64, node, pid, found, count, hash(bytes, count));
	line_end();
}

static void changed(cpg_handle_t handle, const struct cpg_name *name, const struct cpg_address *members, size_t member_count,
		    const struct cpg_address *left, size_t left_count, const struct cpg_address *joiners, size_t joiner_count)
{
	(void)handle, (void)name;
	for (size_t i = 0; i < joiner_count; i++)
		if (joiners[i].pid == (uint32_t)getpid() && joiners[i].reason == CPG_REASON_JOIN)
			joined = 1;
	printf("C");
	addresses(members, member_count);
	addresses(left, left_count);
	addresses(joiners, joiner_count);
	line_end();
}

static void ring(cpg_handle_t handle, struct cpg_ring_id id, uint32_t count, const uint32_t *list)
{
	(void)handle;
	printf("T %" PRIu32 ".%" PRIu64, id.nodeid, id.seq);
	nodes(list, count);
	line_end();
}

static void quorate(quorum_handle_t handle, uint32_t yes, struct quorum_ring_id id, uint32_t count, const uint32_t *list)
{
	(void)handle;
	printf("Q %" PRIu32 " %" PRIu32 ".%" PRIu64, yes, id.nodeid, id.seq);
	nodes(list, count);
	line_end();
}

static void votes(votequorum_handle_t handle, uint64_t context, uint32_t yes, uint32_t count, votequorum_node_t *list)
{
	(void)handle, (void)context;
	printf("V %" PRIu32 " ", yes);
	for (uint32_t i = 0; i < count; i++)
		printf("%s%" PRIu32 ":%" PRIu32, i ? "," : "", list[i].nodeid, list[i].state);
	line_end();
}

static void disconnect(void)
{
	if (cpg)
		cpg_finalize(cpg);
	if (quorum)
		quorum_finalize(quorum);
	if (votequorum)
		votequorum_finalize(votequorum);
	cpg = quorum = votequorum = 0;
	if (connected) {
		printf("X");
		line_end();
	}
	connected = joined = pending = marks = 0;
}

static int join(void)
{
	unsigned int node = 0;
	cs_error_t error;

	if (cpg_local_get(cpg, &node) != CS_OK)
		return 0;
	printf("I %u:%d", node, (int)getpid());
	line_end();
	while ((error = cpg_join(cpg, &group)) == CS_ERR_TRY_AGAIN)
		usleep(10000);
	return error == CS_OK;
}

static int track(void)
{
	quorum_model_v1_data_t model = { .model = QUORUM_MODEL_V1, .quorum_notify_fn = quorate };
	votequorum_callbacks_t calls = { .votequorum_quorum_notify_fn = votes };
	uint32_t type;

	return quorum_model_initialize(&quorum, QUORUM_MODEL_V1, (quorum_model_data_t *)&model, &type, NULL) == CS_OK &&
	       quorum_trackstart(quorum, CS_TRACK_CURRENT | CS_TRACK_CHANGES) == CS_OK &&
	       votequorum_initialize(&votequorum, &calls) == CS_OK &&
	       votequorum_trackstart(votequorum, 0, CS_TRACK_CURRENT | CS_TRACK_CHANGES) == CS_OK;
}

/* One attempt. The ring is told once at the start, too: what comes before the first change belongs to it. */
static void connect_all(void)
{
	cpg_model_v1_data_t model = { CPG_MODEL_V1, deliver, changed, ring, CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF };

	if (cpg_model_initialize(&cpg, CPG_MODEL_V1, (cpg_model_data_t *)&model, NULL) != CS_OK) {
		cpg = 0;
		return;
	}
	if (track() && (left_for_good || join()))
		connected = 1;
	else
		disconnect();
}

/* Mostly small ones, some that need several frames, few that need many. */
static size_t some_length(void)
{
	static const size_t most[] = { 8, 200, 200, 200, 200, 1400, 1500, 9000, 65536, LARGEST };
	size_t limit = most[draw() % 100 == 0 ? 9 : draw() % 9];

	return 1 + draw() % (limit < largest ? limit : largest);
}

static void compose(void)
{
	number++;
	length = some_length();
	for (size_t i = 0; i < length; i += sizeof state) {
		uint64_t word = draw();
		memcpy(message + i, &word, length - i < sizeof word ? length - i : sizeof word);
	}
	memcpy(message, &number, length < NUMBERED ? length : NUMBERED);
	printf("A %" PRIu64 " %zu %016" PRIx64, number, length, hash(message, length));
	line_end();
	pending = 1;
}

/* Sends the pending message, or a new one. 0: not now. */
static int send_one(void)
{
	struct iovec part = { message, 0 };
	cs_error_t error;

	if (!pending)
		compose();
	part.iov_len = length;
	error = cpg_mcast_joined(cpg, CPG_TYPE_AGREED, &part, 1);
	if (error == CS_ERR_TRY_AGAIN)
		return 0;
	pending = 0;
	if (error == CS_OK)
		printf("S %" PRIu64, number);
	else
		printf("F %" PRIu64 " %d", number, error);
	line_end();
	return error == CS_OK;
}

static void command(char *words)
{
	unsigned long most = LARGEST;

	if (sscanf(words, "send %u %lu", &rate, &most) >= 1) {
		largest = most < 1 ? 1 : most > LARGEST ? LARGEST : most;
	} else if (!strcmp(words, "mark")) {
		marks++;
	} else if (!strcmp(words, "leave")) {
		left_for_good = 1;
		joined = pending = 0;
		printf("L");
		line_end();
		while (cpg_leave(cpg, &group) == CS_ERR_TRY_AGAIN)
			usleep(10000);
	} else if (!strcmp(words, "join")) {
		left_for_good = 0;
		if (connected && !join())
			disconnect();
	} else if (!strcmp(words, "quit")) {
		disconnect();
		exit(0);
	}
}

/* Reads what there is of standard input; its end is the end. */
static void commands(void)
{
	static char text[256];
	static size_t filled;
	char *end;
	ssize_t count = read(0, text + filled, sizeof text - 1 - filled);

	if (count <= 0)
		exit(0);
	filled += (size_t)count;
	text[filled] = 0;
	while ((end = strchr(text, '\n'))) {
		*end++ = 0;
		command(text);
		filled -= (size_t)(end - text);
		memmove(text, end, filled + 1);
	}
}

static int dispatch_all(void)
{
	return cpg_dispatch(cpg, CS_DISPATCH_ALL) != CS_ERR_LIBRARY && quorum_dispatch(quorum, CS_DISPATCH_ALL) != CS_ERR_LIBRARY &&
	       votequorum_dispatch(votequorum, CS_DISPATCH_ALL) != CS_ERR_LIBRARY;
}

/* Waits for an event or the time to send, whichever is first. */
static void rest(double until)
{
	struct pollfd fds[4] = { { .fd = 0, .events = POLLIN } };
	double left = rate ? (until - now()) * 1000 : pending || marks ? 5 : 100;
	int count = 1;

	if (connected) {
		cpg_fd_get(cpg, &fds[count].fd);
		fds[count++].events = POLLIN;
		quorum_fd_get(quorum, &fds[count].fd);
		fds[count++].events = POLLIN;
		votequorum_fd_get(votequorum, &fds[count].fd);
		fds[count++].events = POLLIN;
	}
	if (poll(fds, (nfds_t)count, left < 0 ? 0 : left > 100 ? 100 : (int)left + 1) > 0 && fds[0].revents)
		commands();
}

int main(int argc, char **argv)
{
	double next = 0;

	state = (argc > 1 ? strtoull(argv[1], NULL, 10) : 0) * 2 + 1;
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		rest(next);
		if (!connected) {
			connect_all();
			continue;
		}
		if (!dispatch_all()) {
			disconnect();
			continue;
		}
		if (!joined || left_for_good)
			continue;
		if (rate && now() >= next)
			next = now() + (send_one() ? 1.0 / rate : 0.005);
		else if (!rate && pending)
			send_one();
		else if (!rate && marks && send_one())
			marks--;
	}
}
