/* cpg_mcast_joined: sizes from none to several parts, pieces, not joined. */
#include "common.h"

static char big[4 << 20];

static void send_size(cpg_handle_t h, size_t size)
{
	struct iovec piece = { big, size };
	cs_error_t error;
	long long until;
	int fd;

	AGAIN(error, cpg_mcast_joined(h, CPG_TYPE_AGREED, &piece, 1));
	printf("%zu bytes: ", size);
	N("sent", error);
	NEED(cpg_fd_get(h, &fd));
	for (until = t_now() + 500; t_now() < until; t_sleep(20))
		NEED(cpg_dispatch(h, CS_DISPATCH_ALL));
}

int main(void)
{
	cpg_handle_t h = connected();
	struct iovec pieces[40];
	size_t i;

	for (i = 0; i < sizeof big; i++)
		big[i] = i * 7 + i / 4096;
	struct iovec piece = { "x", 1 };
	T(cpg_mcast_joined(T_BAD_HANDLE, CPG_TYPE_AGREED, &piece, 1));
	N("not joined", cpg_mcast_joined(h, CPG_TYPE_AGREED, &piece, 1));
	joined(h, "mcast");
	send_size(h, 0);
	send_size(h, 1);
	send_size(h, 64);
	send_size(h, 1600);
	send_size(h, 65536);
	send_size(h, 1000000);
	send_size(h, 1047552);
	send_size(h, 1047553);
	send_size(h, 3 << 20);
	N("no pieces", cpg_mcast_joined(h, CPG_TYPE_AGREED, NULL, 0));
	for (i = 0; i < 40; i++) {
		pieces[i].iov_base = big + i * 100;
		pieces[i].iov_len = i % 7;
	}
	N("forty pieces", cpg_mcast_joined(h, CPG_TYPE_SAFE, pieces, 40));
	pieces[0] = (struct iovec){ big, 1 << 20 };
	pieces[1] = (struct iovec){ big, 10 };
	N("two large pieces", cpg_mcast_joined(h, CPG_TYPE_FIFO, pieces, 2));
	settle(h);
	T(cpg_finalize(h));
	return T_END();
}
