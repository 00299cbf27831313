/* quorum_initialize: with and without callbacks and a place for the type, and many handles at once. */
#include "common.h"

int main(void)
{
	quorum_callbacks_t empty = { NULL }, callbacks = { v0_quorum };
	quorum_handle_t h[8] = { 0 };
	uint32_t type = 77;
	int at;

	T(quorum_initialize(&h[0], NULL, &type));
	NUM(type);
	IS(type == QUORUM_SET);
	T(quorum_initialize(&h[1], &empty, NULL));
	type = 77;
	T(quorum_initialize(&h[2], &callbacks, &type));
	NUM(type);
	for (at = 3; at < 8; at++)
		NEED(quorum_initialize(&h[at], &callbacks, &type));
	IS(h[0] != h[1] && h[6] != h[7]);
	for (at = 0; at < 8; at++)
		T(quorum_finalize(h[at]));
	return T_END();
}
