/* cpg_zcb_mcast_joined: joined or not, too large, the same buffer again. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	char *a = NULL;

	NEED(cpg_zcb_alloc(h, 500000, (void **)&a));
	memset(a, 'z', 500000);
	T(cpg_zcb_mcast_joined(T_BAD_HANDLE, CPG_TYPE_AGREED, a, 10));
	T(cpg_zcb_mcast_joined(h, CPG_TYPE_AGREED, a, (1 << 20) + 1));
	T(cpg_zcb_mcast_joined(h, CPG_TYPE_AGREED, a, 10));
	joined(h, "zcb");
	T(cpg_zcb_mcast_joined(h, CPG_TYPE_AGREED, a, 10));
	settle(h);
	memset(a, 'y', 500000);
	T(cpg_zcb_mcast_joined(h, CPG_TYPE_AGREED, a, 500000));
	settle(h);
	T(cpg_zcb_mcast_joined(h, CPG_TYPE_AGREED, a, 0));
	settle(h);
	T(cpg_zcb_free(h, a));
	T(cpg_finalize(h));
	return T_END();
}
