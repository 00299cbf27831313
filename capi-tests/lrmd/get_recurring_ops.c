#include "common.h"

static void recurring(lrmd_t *lrmd, const char *rsc)
{
	GList *list = NULL;
	int rc = lrmd->cmds->get_recurring_ops(lrmd, rsc, 0, 0, &list);

	printf("of %s: %d\n", rsc ? rsc : "all", rc);
	for (GList *each = list; each; each = each->next) {
		lrmd_op_info_t *op = each->data;

		printf(" %s %s %s %s\n", op->rsc_id, op->action, op->interval_ms_s, op->timeout_ms_s);
	}
	g_list_free_full(list, (GDestroyNotify) lrmd_free_op_info);
}

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	recurring(lrmd, NULL);
	lrmd_api_delete(lrmd);
	lrmd = connected();
	NUM(lrmd->cmds->get_recurring_ops(lrmd, "r", 0, 0, NULL));
	recurring(lrmd, NULL);
	registered(lrmd, "r");
	recurring(lrmd, "r");
	IS(lrmd->cmds->exec(lrmd, "r", "code7", "recurs", 3600000, 15000, 0, 0, NULL) > 0);
	await(1);
	recurring(lrmd, "r");
	recurring(lrmd, NULL);
	recurring(lrmd, "nobody");
	recurring(lrmd, "");
	NUM(lrmd->cmds->cancel(lrmd, "r", "code7", 3600000));
	await(1);
	recurring(lrmd, "r");
	unregistered(lrmd, "r");
	lrmd_api_delete(lrmd);
	return T_END();
}
