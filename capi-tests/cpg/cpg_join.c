/* cpg_join: names, twice, another connection of the same process, after leaving. */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected(), other = connected();
	struct cpg_name group = name("join"), second = name("second"), longest, too_long;

	memset(&longest, 'n', sizeof longest);
	longest.length = CPG_MAX_NAME_LENGTH;
	too_long = longest;
	too_long.length = CPG_MAX_NAME_LENGTH + 1;
	T(cpg_join(T_BAD_HANDLE, &group));
	T(cpg_join(T_BAD_HANDLE, &too_long));
	T(cpg_join(h, &too_long));
	T(cpg_join(h, &group));
	settle(h);
	T(cpg_join(h, &group));
	T(cpg_join(h, &second));
	T(cpg_join(other, &group));
	T(cpg_join(other, &longest));
	settle(other);
	T(cpg_leave(h, &group));
	settle(h);
	T(cpg_join(h, &group));
	T(cpg_finalize(h));
	h = connected();
	T(cpg_join(h, &group));
	settle(h);
	T(cpg_finalize(h));
	T(cpg_finalize(other));
	return T_END();
}
