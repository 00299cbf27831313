#include "common.h"

int main(void)
{
	svc_action_t *op = ocf("r", "start", 0, 15000);

	services__set_result(NULL, 0, PCMK_EXEC_DONE, NULL);
	services__set_result(op, 5, PCMK_EXEC_NOT_INSTALLED, "a reason");
	show("set", op);
	services__set_result(op, 6, PCMK_EXEC_ERROR, services__exit_reason(op));
	show("the same reason", op);
	services__set_result(op, -1, (enum pcmk_exec_status) 77, "");
	show("unknown status", op);
	services__set_result(op, 0, PCMK_EXEC_DONE, NULL);
	show("no reason", op);
	services_action_free(op);
	return T_END();
}
