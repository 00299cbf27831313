/* corosync_cfg_ring_status_get: as many names as statuses, each with its link's number first. */
#include "t.h"
#include <corosync/cfg.h>

int main(void)
{
	corosync_cfg_handle_t h = 0;
	char **names = NULL, **states = NULL;
	unsigned int count = 77, i;
	int error;

	T(corosync_cfg_ring_status_get(T_BAD_HANDLE, &names, &states, &count));
	IS(names == NULL && states == NULL && count == 77);
	NEED(corosync_cfg_initialize(&h, NULL));
	AGAIN(error, corosync_cfg_ring_status_get(h, &names, &states, &count));
	N("ring status", error);
	NUM(count);
	for (i = 0; i < count; i++) {
		printf("%s: %s\n", names[i], states[i]);
		free(names[i]);
		free(states[i]);
	}
	free(names);
	free(states);
	T(corosync_cfg_finalize(h));
	return T_END();
}
