/* sam_finalize: nothing works after it, and the parent no longer minds the child's end. */
#include "sam.h"

static void over(void)
{
	size_t size;
	char data[4];

	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_RESTART));
	NUM(child());
	T(sam_start());
	T(sam_finalize());
	T(sam_start());
	T(sam_stop());
	T(sam_hc_send());
	T(sam_data_getsize(&size));
	T(sam_data_restore(data, sizeof data));
	T(sam_data_store("abc", 3));
	T(sam_warn_signal_set(SIGUSR1));
	T(sam_mark_failed());
	T(sam_finalize());
	t_sleep(400);
	exit(17);
}

int main(void)
{
	scenario("over", over);
	return T_END();
}
