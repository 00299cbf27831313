/* sam_stop: no health checks are due afterwards. */
#include "sam.h"

static void idle(void)
{
	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_RESTART));
	NUM(child());
	T(sam_stop());
	T(sam_start());
	T(sam_stop());
	t_sleep(500);
	T(sam_stop());
	exit(0);
}

int main(void)
{
	scenario("idle", idle);
	return T_END();
}
