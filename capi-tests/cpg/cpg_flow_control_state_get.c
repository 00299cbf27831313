/* cpg_flow_control_state_get */
#include "common.h"

int main(void)
{
	cpg_handle_t h = connected();
	cpg_flow_control_state_t state = CPG_FLOW_CONTROL_ENABLED;

	T(cpg_flow_control_state_get(T_BAD_HANDLE, &state));
	T(cpg_flow_control_state_get(h, &state));
	IS(state == CPG_FLOW_CONTROL_DISABLED);
	T(cpg_finalize(h));
	return T_END();
}
