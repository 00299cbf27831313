/* corosync_cfg_dispatch: every mode with nothing queued, with one question queued, and a finalize in the callback. */
#include "t.h"
#include <corosync/cfg.h>
#include <pthread.h>

static int finalize_inside;

static void asked(corosync_cfg_handle_t h, corosync_cfg_shutdown_flags_t flags)
{
	NUM(flags);
	T(corosync_cfg_replyto_shutdown(h, COROSYNC_CFG_SHUTDOWN_FLAG_NO));
	if (finalize_inside)
		T(corosync_cfg_finalize(h));
}

static void *try(void *unused T_UNUSED)
{
	corosync_cfg_handle_t h = 0;
	int error;

	NEED(corosync_cfg_initialize(&h, NULL));
	AGAIN(error, corosync_cfg_try_shutdown(h, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST));
	NEED(corosync_cfg_finalize(h));
	return (void *)(long)error;
}

static void question(corosync_cfg_handle_t h, const char *words, cs_dispatch_flags_t mode)
{
	pthread_t thread;
	void *error;
	int fd;

	NEED(corosync_cfg_fd_get(h, &fd));
	pthread_create(&thread, NULL, try, NULL);
	IS(t_readable(fd, 5000));
	N(words, corosync_cfg_dispatch(h, mode));
	pthread_join(thread, &error);
	N("the asker", (long)error);
}

int main(void)
{
	corosync_cfg_callbacks_t callbacks = { asked };
	corosync_cfg_handle_t h = 0, mute = 0;
	int error;

	T(corosync_cfg_dispatch(T_BAD_HANDLE, CS_DISPATCH_ALL));
	NEED(corosync_cfg_initialize(&h, &callbacks));
	T(corosync_cfg_dispatch(h, CS_DISPATCH_ALL));
	T(corosync_cfg_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
	AGAIN(error, corosync_cfg_trackstart(h, 0));
	N("trackstart", error);
	question(h, "one", CS_DISPATCH_ONE);
	question(h, "all", CS_DISPATCH_ALL);
	question(h, "one, nonblocking", CS_DISPATCH_ONE_NONBLOCKING);
	finalize_inside = 1;
	question(h, "all, finalized inside", CS_DISPATCH_ALL);
	T(corosync_cfg_dispatch(h, CS_DISPATCH_ALL));
	T(corosync_cfg_finalize(h));

	NEED(corosync_cfg_initialize(&mute, NULL));
	T(corosync_cfg_dispatch(mute, CS_DISPATCH_ALL));
	T(corosync_cfg_finalize(mute));
	return T_END();
}
