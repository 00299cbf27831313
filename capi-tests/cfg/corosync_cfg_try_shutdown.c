/* corosync_cfg_try_shutdown: a tracker refuses; a second asker meanwhile; an asker that is a tracker itself. */
#include "t.h"
#include <corosync/cfg.h>
#include <pthread.h>

static void asked(corosync_cfg_handle_t h, corosync_cfg_shutdown_flags_t flags)
{
	(void)h;
	NUM(flags);
}

static void *try(void *handle)
{
	int error;

	AGAIN(error, corosync_cfg_try_shutdown(*(corosync_cfg_handle_t *)handle, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST));
	return (void *)(long)error;
}

int main(void)
{
	corosync_cfg_callbacks_t callbacks = { asked };
	corosync_cfg_handle_t tracker = 0, asker = 0, other = 0;
	pthread_t thread;
	void *answer;
	int error, fd;

	T(corosync_cfg_try_shutdown(T_BAD_HANDLE, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST));
	NEED(corosync_cfg_initialize(&tracker, &callbacks));
	NEED(corosync_cfg_initialize(&asker, &callbacks));
	NEED(corosync_cfg_initialize(&other, NULL));
	NEED(corosync_cfg_fd_get(tracker, &fd));
	AGAIN(error, corosync_cfg_trackstart(tracker, 0));
	N("tracker", error);
	AGAIN(error, corosync_cfg_trackstart(asker, 0));
	N("asker tracks too", error);

	pthread_create(&thread, NULL, try, &asker);
	IS(t_readable(fd, 5000));
	T(corosync_cfg_dispatch(tracker, CS_DISPATCH_ALL));
	T(corosync_cfg_try_shutdown(other, COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST));
	T(corosync_cfg_try_shutdown(other, COROSYNC_CFG_SHUTDOWN_FLAG_REGARDLESS));
	T(corosync_cfg_replyto_shutdown(tracker, COROSYNC_CFG_SHUTDOWN_FLAG_NO));
	pthread_join(thread, &answer);
	N("refused", (long)answer);
	N("the asker is asked nothing", corosync_cfg_dispatch(asker, CS_DISPATCH_ONE_NONBLOCKING));

	T(corosync_cfg_finalize(other));
	T(corosync_cfg_finalize(asker));
	T(corosync_cfg_finalize(tracker));
	return T_END();
}
