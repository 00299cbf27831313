#include "common.h"

int main(void)
{
	lrmd_t *lrmd = NULL;

	NUM(lrmd__new(NULL, NULL, NULL, 0));
	NUM(lrmd__new(&lrmd, NULL, NULL, 0));
	NUM(lrmd->cmds->is_connected(lrmd));
	lrmd_api_delete(lrmd);
	NUM(lrmd__new(&lrmd, "n2", NULL, 0));
	NUM(lrmd->cmds->is_connected(lrmd));
	lrmd_api_delete(lrmd);
	NUM(lrmd__new(&lrmd, "n2", "127.0.0.1", 3121));
	NUM(lrmd->cmds->is_connected(lrmd));
	lrmd_api_delete(lrmd);
	return T_END();
}
