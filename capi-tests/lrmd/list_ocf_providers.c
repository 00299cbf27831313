#include "common.h"

int main(void)
{
	static const char *const agents[] = { "Agent", "Dummy", "dummy", "no-such", "", NULL };
	lrmd_t *lrmd = lrmd_api_new();

	for (size_t i = 0; i < G_N_ELEMENTS(agents); i++) {
		lrmd_list_t *list = NULL;
		int rc = lrmd->cmds->list_ocf_providers(lrmd, agents[i], &list);

		show_list(agents[i] ? agents[i] : "all", rc, list);
	}
	lrmd_api_delete(lrmd);
	return T_END();
}
