/* quorum_context_set: any pointer, any number of times. */
#include "common.h"

int main(void)
{
	quorum_handle_t h = 0;
	const void *context = NULL;

	T(quorum_context_set(T_BAD_HANDLE, &h));
	h = open_v1();
	T(quorum_context_set(h, &h));
	T(quorum_context_set(h, NULL));
	T(quorum_context_get(h, &context));
	IS(context == NULL);
	T(quorum_context_set(h, (void *)1));
	T(quorum_context_get(h, &context));
	IS(context == (void *)1);
	T(quorum_finalize(h));
	T(quorum_context_set(h, &h));
	return T_END();
}
