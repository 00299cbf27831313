/* sam_start: a started child that ends is replaced, or its parent ends with it, by policy. */
#include "sam.h"

static void restart(void)
{
	unsigned int instance;

	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	instance = child();
	NUM(instance);
	T(sam_start());
	if (instance < 3)
		exit(20 + instance);
	T(sam_stop());
	exit(9);
}

static void quit(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT));
	NUM(child());
	T(sam_start());
	exit(4);
}

static void crash(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT));
	NUM(child());
	T(sam_start());
	raise(SIGKILL);
}

static void quorum(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_QUORUM_RESTART));
	NUM(child());
	T(sam_start());
	T(sam_stop());
	T(sam_start());
	T(sam_finalize());
	exit(6);
}

int main(void)
{
	scenario("restart", restart);
	scenario("quit", quit);
	scenario("killed", crash);
	scenario("with quorum", quorum);
	return T_END();
}
