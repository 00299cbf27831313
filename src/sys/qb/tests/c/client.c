/* A client by the real libqb: sends messages of growing sizes to an echo service and checks what comes back as a reply
 * and as an event. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <qb/qbipcc.h>

#define MAX (1 << 20)
static char out[MAX], in[MAX];

static void fail(const char *what, long got)
{
	printf("%s: %ld\n", what, got);
	exit(1);
}

int main(int argc, char **argv)
{
	qb_ipcc_connection_t *c = qb_ipcc_connect(argv[1], MAX);
	struct qb_ipc_request_header *header = (void *)out;
	struct pollfd polled = { 0, POLLIN, 0 };
	ssize_t got;

	(void)argc;
	if (!c)
		fail("connect", -1);
	qb_ipcc_fd_get(c, &polled.fd);
	for (size_t size = sizeof *header; size <= MAX - 4096; size = size * 5 / 2 + 1) {
		for (int round = 0; round < 5; round++) {
			memset(out, (int)size + round, size);
			header->id = 7;
			header->size = (int)size;
			if ((got = qb_ipcc_send(c, out, size)) != (ssize_t)size)
				fail("send", got);
			if ((got = qb_ipcc_recv(c, in, sizeof in, 5000)) != (ssize_t)size || memcmp(in, out, size))
				fail("reply", got);
			if (poll(&polled, 1, 5000) != 1)
				fail("poll", round);
			if ((got = qb_ipcc_event_recv(c, in, sizeof in, 5000)) != (ssize_t)size || memcmp(in, out, size))
				fail("event", got);
			if (poll(&polled, 1, 0) != 0)
				fail("poll after event", round);
		}
	}
	if (argc > 2)
		abort();
	qb_ipcc_disconnect(c);
	puts("ok");
	return 0;
}
