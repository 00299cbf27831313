/* sam_hc_callback_register: a callback that is content keeps the child alive; one that isn't ends it. */
#include "sam.h"

static volatile int asked;

static int well(void)
{
	asked++;
	return 0;
}

static int ill(void)
{
	return 1;
}

static void no_interval(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT));
	T(sam_hc_callback_register(well));
	NUM(child());
	T(sam_hc_callback_register(well));
	exit(0);
}

static void content(void)
{
	NEED(sam_initialize(200, SAM_RECOVERY_POLICY_QUIT));
	NUM(child());
	T(sam_hc_callback_register(NULL));
	T(sam_hc_callback_register(well));
	T(sam_hc_callback_register(well));
	T(sam_start());
	T(sam_hc_callback_register(well));
	t_sleep(1200);
	IS(asked >= 2);
	T(sam_stop());
	exit(13);
}

static void unwell(void)
{
	unsigned int instance;

	NEED(sam_initialize(100, SAM_RECOVERY_POLICY_RESTART));
	instance = child();
	NUM(instance);
	if (instance == 2)
		exit(14);
	T(sam_hc_callback_register(ill));
	T(sam_start());
	t_sleep(3000);
	puts("never here");
}

int main(void)
{
	scenario("no interval", no_interval);
	scenario("content", content);
	scenario("ill", unwell);
	return T_END();
}
