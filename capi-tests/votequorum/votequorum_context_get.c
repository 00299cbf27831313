/* votequorum_context_get and _set: nothing at first, then what was set last; each handle has its own. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h, other;
	void *context = &h;

	T(votequorum_context_get(T_BAD_HANDLE, &context));
	IS(context == &h);
	h = open_votes();
	other = open_votes();
	T(votequorum_context_get(h, &context));
	IS(context == NULL);
	T(votequorum_context_set(h, &other));
	T(votequorum_context_get(h, &context));
	IS(context == &other);
	T(votequorum_context_get(other, &context));
	IS(context == NULL);
	T(votequorum_finalize(h));
	T(votequorum_context_get(h, &context));
	T(votequorum_finalize(other));
	return T_END();
}
