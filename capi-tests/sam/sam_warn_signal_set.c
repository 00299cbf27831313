/* sam_warn_signal_set: in the parent-to-be and in the child; the child hears that signal. */
#include "sam.h"

static void warned(int signal)
{
	(void)!write(1, signal == SIGUSR1 ? "USR1\n" : "USR2\n", 5);
	_exit(signal == SIGUSR1 ? 31 : 32);
}

static void before(void)
{
	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_QUIT));
	T(sam_warn_signal_set(SIGUSR1));
	signal(SIGUSR1, warned);
	NUM(child());
	T(sam_start());
	t_sleep(3000);
}

static void after(void)
{
	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_QUIT));
	signal(SIGUSR2, warned);
	NUM(child());
	T(sam_warn_signal_set(SIGUSR2));
	T(sam_start());
	t_sleep(3000);
}

static void finalized(void)
{
	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_QUIT));
	T(sam_finalize());
	T(sam_warn_signal_set(SIGUSR2));
}

int main(void)
{
	scenario("set before the fork", before);
	scenario("set by the child", after);
	scenario("after finalize", finalized);
	return T_END();
}
