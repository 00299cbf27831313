#include "common.h"

int main(void)
{
	static const char *const specs[][5] = {
		{ "r", "ocf", "test", "agent", "start" }, { "r", "ocf", "test", "agent", "monitor" },
		{ "r", "OCF", "test", "agent", "monitor" }, { "r", "lsb", NULL, "script", "monitor" },
		{ "r", "lsb", NULL, "script", "start" }, { "r", "lsb", "test", "script", "stop" },
		{ "r", "lsb", NULL, "/nosuch/script", "start" }, { "r", "service", NULL, "script", "monitor" },
		{ "r", "service", NULL, "nosuch", "start" }, { "r", "stonith", NULL, "agent", "monitor" },
		{ "r", "x", "test", "agent", "monitor" }, { "r", "nagios", NULL, "nosuch", "monitor" },
		{ "r", "nagios", NULL, "nosuch", "start" }, { "r", "ocf", "test", "nosuch", "start" },
		{ "r", "ocf", NULL, "agent", "start" }, { "r", "ocf", "", "agent", "start" },
		{ "r", "ocf", "test", "", "start" }, { "r", "ocf", "test", NULL, "start" },
		{ "r", "ocf", "test", "agent", "" }, { "r", "ocf", "test", "agent", NULL },
		{ "r", NULL, "test", "agent", "start" }, { "r", "", "test", "agent", "start" },
		{ "", "ocf", "test", "agent", "start" }, { NULL, "ocf", "test", "agent", "start" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++)
		for (int turn = 0; turn < 2; turn++) {
			svc_action_t *op = services__create_resource_action(specs[i][0], specs[i][1], specs[i][2], specs[i][3], specs[i][4],
				turn ? 10000 : 0, 20000, turn ? table("name", "value") : NULL,
				turn ? SVC_ACTION_LEAVE_GROUP : 0);

			show(turn ? "recurring" : "made", op);
			services_action_free(op);
		}
	show("a negative timeout", services__create_resource_action("r", "ocf", "test", "agent", "start", 0, -1, NULL, 0));
	show("all flags", services__create_resource_action("r", "ocf", "test", "agent", "start", 0, 1, NULL, 0xff));
	return T_END();
}
