#include "common.h"

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new(), *other = lrmd_api_new();

	IS(lrmd != NULL && other != NULL && lrmd != other);
	IS(lrmd->cmds != NULL && lrmd->lrmd_private != NULL);
	NUM(lrmd->cmds->is_connected(lrmd));
	lrmd_api_delete(lrmd);
	NUM(other->cmds->is_connected(other));
	lrmd_api_delete(other);
	return T_END();
}
