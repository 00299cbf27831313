#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++)
		for (int turn = 0; turn < 2; turn++) {
			char *text = NULL;
			int rc = lrmd->cmds->get_metadata(lrmd, specs[i][0], specs[i][1], specs[i][2], &text, 0);

			show_metadata(specs[i], rc, text);
		}
	lrmd_api_delete(lrmd);
	return T_END();
}
