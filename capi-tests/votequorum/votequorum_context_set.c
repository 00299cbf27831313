/* votequorum_context_set: any pointer, any number of times. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h = 0;
	void *context = &h;

	T(votequorum_context_set(T_BAD_HANDLE, &h));
	h = open_votes();
	T(votequorum_context_set(h, &h));
	T(votequorum_context_set(h, NULL));
	T(votequorum_context_get(h, &context));
	IS(context == NULL);
	T(votequorum_context_set(h, (void *)1));
	T(votequorum_context_get(h, &context));
	IS(context == (void *)1);
	T(votequorum_finalize(h));
	T(votequorum_context_set(h, &h));
	return T_END();
}
