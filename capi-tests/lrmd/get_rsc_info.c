#include "common.h"

static void show_info(lrmd_t *lrmd, const char *id)
{
	lrmd_rsc_info_t *info = lrmd->cmds->get_rsc_info(lrmd, id, 0);

	printf("info %s: %s", id ? id : "(null)", info ? "" : "none");
	if (info) {
		show("id", info->id);
		show("standard", info->standard);
		show("provider", info->provider);
		show("type", info->type);
	}
	printf("\n");
	lrmd_free_rsc_info(info);
}

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	show_info(lrmd, "r");
	lrmd_api_delete(lrmd);
	lrmd = connected();
	show_info(lrmd, "r");
	registered(lrmd, "r");
	show_info(lrmd, "r");
	show_info(lrmd, "R");
	show_info(lrmd, "");
	show_info(lrmd, NULL);
	unregistered(lrmd, "r");
	show_info(lrmd, "r");
	lrmd_api_delete(lrmd);
	return T_END();
}
