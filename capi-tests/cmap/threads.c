#include <pthread.h>

#include "common.h"

/* one thread waits for events; another one uses the same handle meanwhile, and several others handles of their own.
 * (In the reference several callers on one handle get each other's replies, and threads that connect at the same time
 * sometimes fail.) */
#define USERS 4
#define ROUNDS 200

static cmap_handle_t handle;

static void stop(cmap_handle_t from, cmap_track_handle_t tracker, int32_t event, const char *key,
	struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data)
{
	print_event(from, tracker, event, key, new_value, old_value, data);
	if (*(const uint8_t *)new_value.data == 9)
		T(cmap_finalize(from));
}

static void *wait_for_events(void *unused)
{
	(void)unused;
	T(cmap_dispatch(handle, CS_DISPATCH_BLOCKING));
	return NULL;
}

static void *use(void *own)
{
	cmap_handle_t mine = *(cmap_handle_t *)own;
	char key[48];
	uint32_t value, i;
	uintptr_t wrong = 0;

	snprintf(key, sizeof(key), "test.threads.%" PRIx64, mine);
	for (i = 0; i < ROUNDS; i++)
		wrong += cmap_set_uint32(mine, key, i) != CS_OK || cmap_get_uint32(mine, key, &value) != CS_OK || value != i;
	wrong += cmap_delete(mine, key) != CS_OK;
	if (mine != handle)
		wrong += cmap_finalize(mine) != CS_OK;
	return (void *)wrong;
}

int main(void)
{
	cmap_track_handle_t tracker;
	pthread_t waiter, users[USERS];
	cmap_handle_t handles[USERS];
	int i;
	void *wrong;

	handle = open_map();
	T(cmap_track_add(handle, "test.stop", CMAP_TRACK_ADD | CMAP_TRACK_MODIFY, stop, "waiter", &tracker));
	pthread_create(&waiter, NULL, wait_for_events, NULL);
	for (i = 0; i < USERS; i++)
		handles[i] = i == 0 ? handle : open_map();
	for (i = 0; i < USERS; i++)
		pthread_create(&users[i], NULL, use, &handles[i]);
	for (i = 0; i < USERS; i++) {
		pthread_join(users[i], &wrong);
		printf("user %d: %d wrong\n", i, (int)(uintptr_t)wrong);
	}
	/* only the waiter prints until it is done */
	cmap_set_uint8(handle, "test.stop", 1);
	cmap_set_uint8(handle, "test.stop", 9);
	pthread_join(waiter, NULL);
	T(cmap_set_uint8(handle, "test.stop", 1));
	handle = open_map();
	T(cmap_delete(handle, "test.stop"));
	T(cmap_finalize(handle));
	return T_END();
}
