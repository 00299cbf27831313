/* quorum_model_initialize: both models, no model, models that there are not, and the context given with it. */
#include "common.h"

static void try(quorum_model_t model, quorum_model_data_t *data)
{
	quorum_handle_t h = 0;
	uint32_t type = 77;
	const void *context = NULL;
	int here;

	printf("model %d\n", (int)model);
	if (T(quorum_model_initialize(&h, model, data, &type, &here)) != CS_OK) {
		NUM(type);
		return;
	}
	NUM(type);
	T(quorum_context_get(h, &context));
	IS(context == &here);
	T(quorum_trackstart(h, CS_TRACK_CURRENT));
	T(quorum_dispatch(h, CS_DISPATCH_ALL));
	T(quorum_finalize(h));
}

int main(void)
{
	quorum_model_v0_data_t v0 = { QUORUM_MODEL_V0, v0_quorum };
	quorum_model_v1_data_t v1 = { QUORUM_MODEL_V1, v1_quorum, v1_nodelist };
	quorum_model_v1_data_t half = { QUORUM_MODEL_V1, NULL, v1_nodelist };
	quorum_model_v1_data_t liar = { (quorum_model_t)9, v1_quorum, v1_nodelist };
	quorum_handle_t h = 0;

	try(QUORUM_MODEL_V0, (quorum_model_data_t *)&v0);
	try(QUORUM_MODEL_V1, (quorum_model_data_t *)&v1);
	try(QUORUM_MODEL_V1, (quorum_model_data_t *)&half);
	try(QUORUM_MODEL_V1, (quorum_model_data_t *)&liar);
	try((quorum_model_t)2, (quorum_model_data_t *)&v1);
	try((quorum_model_t)-1, (quorum_model_data_t *)&v1);
	T(quorum_model_initialize(&h, QUORUM_MODEL_V1, (quorum_model_data_t *)&v1, NULL, NULL));
	T(quorum_finalize(h));
	return T_END();
}
