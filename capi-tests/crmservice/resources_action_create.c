/* The reference gives null even for actions that can be carried out, which this library doesn't (docs/quirks.md). */
#include "common.h"

int main(void)
{
	static const char *const specs[][5] = {
		{ "r", "ocf", "test", "nosuch", "start" }, { "r", "ocf", NULL, "agent", "start" },
		{ "r", "ocf", "", "agent", "start" }, { "r", "ocf", "test", "", "start" },
		{ "r", "ocf", "test", NULL, "start" }, { "r", "ocf", "test", "agent", "" },
		{ "r", "ocf", "test", "agent", NULL }, { "r", NULL, "test", "agent", "start" },
		{ "r", "", "test", "agent", "start" }, { "", "ocf", "test", "agent", "start" },
		{ NULL, "ocf", "test", "agent", "start" }, { "r", "x", "test", "agent", "start" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++)
		for (int turn = 0; turn < 2; turn++)
			show(turn ? "recurring" : "made",
			     resources_action_create(specs[i][0], specs[i][1], specs[i][2], specs[i][3], specs[i][4],
						     turn ? 10000 : 0, 20000, turn ? table("name", "value") : NULL, 0));
	return T_END();
}
