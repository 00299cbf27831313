/* sam_hc_send: who sends lives; who doesn't is warned with SIGTERM, and killed. */
#include "sam.h"

static void lively(void)
{
	int i;

	NEED(sam_initialize(300, SAM_RECOVERY_POLICY_QUIT));
	NUM(child());
	T(sam_start());
	for (i = 0; i < 12; i++) {
		t_sleep(50);
		NEED(sam_hc_send());
	}
	T(sam_stop());
	exit(11);
}

static void silent(void)
{
	unsigned int instance;

	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_RESTART));
	instance = child();
	NUM(instance);
	if (instance == 3)
		exit(12);
	T(sam_start());
	t_sleep(3000);
	puts("never here");
}

static void stubborn(void)
{
	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_QUIT));
	NUM(child());
	signal(SIGTERM, SIG_IGN);
	T(sam_start());
	t_sleep(3000);
	puts("never here");
}

int main(void)
{
	scenario("lively", lively);
	scenario("silent", silent);
	scenario("deaf to the warning", stubborn);
	return T_END();
}
