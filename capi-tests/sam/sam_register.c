/* sam_register: the instance, what works when in the child, exit codes of a child that isn't started. */
#include "sam.h"

static void exits(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	NUM(child());
	exit(7);
}

static void no_instance(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT));
	N("no instance wanted", sam_register(NULL));
	exit(0);
}

static void order(void)
{
	unsigned int instance = 9;

	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT));
	NUM(child());
	T(sam_register(&instance));
	NUM(instance);
	T(sam_stop());
	T(sam_hc_send());
	T(sam_mark_failed());
	T(sam_start());
	T(sam_start());
	T(sam_mark_failed());
	T(sam_hc_send());
	T(sam_stop());
	T(sam_stop());
	T(sam_start());
	T(sam_finalize());
	T(sam_stop());
	T(sam_finalize());
	exit(3);
}

static void killed(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	NUM(child());
	raise(SIGKILL);
}

int main(void)
{
	scenario("a child that was not started exits", exits);
	scenario("null for the instance", no_instance);
	scenario("what works when", order);
	scenario("a child that was not started is killed", killed);
	return T_END();
}
