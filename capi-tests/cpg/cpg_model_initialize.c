/* cpg_model_initialize: models, flags, contexts, the ring's configuration. */
#include "common.h"

static void on_totem(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t count, const uint32_t *members)
{
	void *context = NULL;

	cpg_context_get(handle, &context);
	printf("  ring of %u, first is representative: %d, context %s\n", count, members[0] == ring.nodeid,
	       (char *)context);
}

int main(void)
{
	cpg_handle_t h = 0;
	cpg_model_v1_data_t model = { CPG_MODEL_V1, on_deliver, on_confchg, on_totem, 0 };
	char context[] = "mine";

	T(cpg_model_initialize(&h, 0, (cpg_model_data_t *)&model, NULL));
	T(cpg_model_initialize(&h, 2, (cpg_model_data_t *)&model, NULL));
	model.flags = 2;
	T(cpg_model_initialize(&h, CPG_MODEL_V1, (cpg_model_data_t *)&model, NULL));
	model.flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF;
	NEED(cpg_model_initialize(&h, CPG_MODEL_V1, (cpg_model_data_t *)&model, context));
	joined(h, "with the ring");
	T(cpg_finalize(h));
	model.flags = 0;
	NEED(cpg_model_initialize(&h, CPG_MODEL_V1, (cpg_model_data_t *)&model, context));
	joined(h, "without the ring");
	T(cpg_finalize(h));
	T(cpg_model_initialize(&h, CPG_MODEL_V1, NULL, NULL));
	joined(h, "without anything");
	T(cpg_finalize(h));
	return T_END();
}
