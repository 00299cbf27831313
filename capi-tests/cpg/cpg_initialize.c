/* cpg_initialize: with and without callbacks, twice. */
#include "common.h"

int main(void)
{
	cpg_handle_t a = 0, b = 0;
	cpg_callbacks_t none = { NULL, NULL };

	T(cpg_initialize(&a, &printing));
	T(cpg_initialize(&b, NULL));
	IS(a != b);
	T(cpg_finalize(a));
	T(cpg_finalize(b));
	T(cpg_initialize(&a, &none));
	joined(a, "without callbacks");
	N("say", say(a, "nobody hears"));
	settle(a);
	T(cpg_finalize(a));
	return T_END();
}
