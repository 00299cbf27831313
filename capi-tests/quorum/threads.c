/* Several threads, each with its own handle; and one that asks while another waits in a dispatch. */
#include "common.h"
#include <pthread.h>

enum { THREADS = 4, TIMES = 100 };

static void *ask(void *handle)
{
	quorum_handle_t h = *(quorum_handle_t *)handle;
	long good = 0;
	int quorate, at;

	for (at = 0; at < TIMES; at++)
		good += quorum_getquorate(h, &quorate) == CS_OK && quorate == 1;
	NEED(quorum_finalize(h));
	return (void *)good;
}

static void *wait_for_one(void *handle)
{
	return (void *)(long)quorum_dispatch(*(quorum_handle_t *)handle, CS_DISPATCH_ONE);
}

int main(void)
{
	pthread_t threads[THREADS], waiter;
	quorum_handle_t h = open_v0(), own[THREADS];
	void *result;
	int at;

	/* one after the other: the reference can't connect twice at the same time */
	for (at = 0; at < THREADS; at++)
		own[at] = open_v0();
	for (at = 0; at < THREADS; at++)
		pthread_create(&threads[at], NULL, ask, &own[at]);
	for (at = 0; at < THREADS; at++) {
		pthread_join(threads[at], &result);
		NUM((long)result);
	}
	pthread_create(&waiter, NULL, wait_for_one, &h);
	t_sleep(100);
	NEED(quorum_trackstart(h, CS_TRACK_CURRENT));
	pthread_join(waiter, &result);
	N("the waiter", (long)result);
	T(quorum_finalize(h));
	return T_END();
}
