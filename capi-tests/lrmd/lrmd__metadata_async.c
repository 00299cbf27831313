#include "common.h"

static void on_metadata(int pid, const result_t *result, void *data)
{
	printf("metadata of %s: exit %d status %d", (char *) data, result->exit_status, result->execution_status);
	show("reason", result->exit_reason);
	show("out", result->action_stdout);
	show("err", result->action_stderr);
	printf("\n");
	heard++;
}

int main(void)
{
	NUM(lrmd__metadata_async(NULL, NULL, NULL));
	NUM(lrmd__metadata_async(NULL, on_metadata, "nothing"));
	await(1);
	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++) {
		lrmd_rsc_info_t *info = lrmd_new_rsc_info(i % 2 ? "id" : NULL, specs[i][0], specs[i][1], specs[i][2]);
		int before = heard;
		int rc = lrmd__metadata_async(info, on_metadata, info->type ? info->type : "none");

		printf("asked: %d at once %d\n", rc, heard - before);
		if (rc == 0 || heard > before)
			await(1);
		lrmd_free_rsc_info(info);
	}
	return T_END();
}
