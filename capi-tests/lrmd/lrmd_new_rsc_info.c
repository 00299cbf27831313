#include "common.h"

static void show_info(lrmd_rsc_info_t *info)
{
	printf("info");
	show("id", info->id);
	show("standard", info->standard);
	show("provider", info->provider);
	show("type", info->type);
	printf("\n");
}

int main(void)
{
	static const char *const specs[][4] = {
		{ "r", "ocf", "test", "Agent" }, { "r", "lsb", NULL, "script" }, { "r", "no-such", NULL, "Agent" },
		{ "", "", "", "" }, { NULL, "ocf", "test", "Agent" }, { NULL, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++) {
		lrmd_rsc_info_t *info = lrmd_new_rsc_info(specs[i][0], specs[i][1], specs[i][2], specs[i][3]);
		lrmd_rsc_info_t *copy = lrmd_copy_rsc_info(info);

		show_info(info);
		lrmd_free_rsc_info(info);
		show_info(copy);
		lrmd_free_rsc_info(copy);
	}
	lrmd_free_rsc_info(NULL);
	lrmd_free_op_info(NULL);
	return T_END();
}
