/* votequorum_initialize: with and without callbacks, and many handles at once. */
#include "common.h"

int main(void)
{
	votequorum_callbacks_t empty = { NULL, NULL, NULL };
	votequorum_handle_t h[8] = { 0 };
	int at;

	T(votequorum_initialize(&h[0], NULL));
	T(votequorum_initialize(&h[1], &empty));
	for (at = 2; at < 8; at++)
		h[at] = open_votes();
	IS(h[0] != h[1] && h[6] != h[7]);
	for (at = 0; at < 8; at++)
		T(votequorum_finalize(h[at]));
	return T_END();
}
