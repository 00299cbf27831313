/* quorum_context_get: nothing before anything is set, what was set last after it. */
#include "common.h"

int main(void)
{
	quorum_handle_t h, other;
	const void *context = &h;

	T(quorum_context_get(T_BAD_HANDLE, &context));
	IS(context == &h);
	h = open_v0();
	other = open_v1();
	T(quorum_context_get(h, &context));
	IS(context == NULL);
	NEED(quorum_context_set(h, &other));
	T(quorum_context_get(h, &context));
	IS(context == &other);
	T(quorum_context_get(other, &context));
	IS(context == NULL);
	T(quorum_finalize(h));
	T(quorum_context_get(h, &context));
	T(quorum_finalize(other));
	return T_END();
}
