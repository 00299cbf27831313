/* sam_initialize: policies, twice, after sam_finalize; what every call says before it. */
#include "sam.h"

static int well(void)
{
	return 0;
}

static void before(void)
{
	unsigned int instance;
	size_t size;
	char data[4];

	T(sam_finalize());
	T(sam_start());
	T(sam_stop());
	T(sam_hc_send());
	T(sam_register(&instance));
	T(sam_warn_signal_set(SIGUSR1));
	T(sam_hc_callback_register(well));
	T(sam_mark_failed());
	T(sam_data_getsize(NULL));
	T(sam_data_getsize(&size));
	T(sam_data_restore(NULL, 0));
	T(sam_data_restore(data, sizeof data));
	T(sam_data_store("abc", 3));
}

static void policies(void)
{
	T(sam_initialize(0, 0));
	T(sam_initialize(0, 3));
	T(sam_initialize(0, SAM_RECOVERY_POLICY_QUORUM));
	T(sam_initialize(0, SAM_RECOVERY_POLICY_CMAP));
	T(sam_initialize(0, 0x20 | SAM_RECOVERY_POLICY_QUIT));
	T(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	T(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	T(sam_initialize(0, 77));
	T(sam_finalize());
	T(sam_finalize());
	T(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
}

static void quorum(void)
{
	T(sam_initialize(100, SAM_RECOVERY_POLICY_QUORUM_QUIT));
	T(sam_finalize());
}

int main(void)
{
	scenario("nothing works before", before);
	scenario("policies", policies);
	scenario("with quorum", quorum);
	return T_END();
}
