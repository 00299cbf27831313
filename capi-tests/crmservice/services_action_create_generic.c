#include "common.h"

int main(void)
{
	const char *arguments[] = { "-c", "echo \"$0 $1\"; cat", "zero", "one", NULL };
	const char *none[] = { NULL };
	const char *many[301];
	svc_action_t *op = services_action_create_generic("/bin/sh", arguments);

	show("made", op);
	op->timeout = 15000;
	NUM(services_action_sync(op));
	show("ran", op);
	services_action_free(op);
	show("without arguments", services_action_create_generic("/bin/true", NULL));
	show("with none", services_action_create_generic("/bin/true", none));
	show("nothing", services_action_create_generic("", NULL));
	op = services_action_create_generic("/nosuch", NULL);
	show("not there", op);
	NUM(services_action_sync(op));
	show("ran", op);
	services_action_free(op);
	for (size_t i = 0; i < 300; i++)
		many[i] = "x";
	for (size_t count = 253; count < 257; count++) {
		many[count] = NULL;
		op = services_action_create_generic("/bin/echo", many);
		printf("%zu arguments:", count);
		show("", op);
		services_action_free(op);
		many[count] = "x";
	}
	return T_END();
}
