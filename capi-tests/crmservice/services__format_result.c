#include "common.h"

int main(void)
{
	svc_action_t *op = ocf("r", "start", 0, 15000);

	services__format_result(NULL, 0, PCMK_EXEC_DONE, "none");
	services__format_result(op, 7, PCMK_EXEC_TIMEOUT, "%s %d %.2f %s %ld %d %d %d", "a", 1, 2.5, "b", 3L, 4, 5, 6);
	show("formatted", op);
	services__format_result(op, 7, PCMK_EXEC_TIMEOUT, "%0300d", 1);
	show("long", op);
	services__format_result(op, 8, PCMK_EXEC_ERROR, "plain");
	show("plain", op);
	services__format_result(op, 0, PCMK_EXEC_DONE, NULL);
	show("no format", op);
	services_action_free(op);
	return T_END();
}
