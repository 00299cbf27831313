/* sam_mark_failed, and the keys that a process with the cmap policy has. */
#include "sam.h"
#include <corosync/cmap.h>

static cmap_handle_t map;

static void key(const char *name)
{
	char path[64], *text = NULL;
	uint64_t number = 0;

	snprintf(path, sizeof path, "resources.process.%d.%s", getppid(), name);
	if (cmap_get_string(map, path, &text) == CS_OK)
		printf("%s: %s\n", name, text);
	else if (cmap_get_uint64(map, path, &number) == CS_OK)
		printf("%s: %s\n", name, number > 1000000 ? "a time" : number == 5000 ? "5000" : "another number");
	else
		printf("%s: none\n", name);
	fflush(stdout);
	free(text);
}

static void keys(void)
{
	key("recovery");
	key("poll_period");
	key("last_updated");
	key("state");
}

static void shown(void)
{
	NEED(sam_initialize(5000, SAM_RECOVERY_POLICY_RESTART | SAM_RECOVERY_POLICY_CMAP));
	NUM(child());
	NEED(cmap_initialize(&map));
	keys();
	T(sam_start());
	keys();
	T(sam_hc_send());
	T(sam_stop());
	keys();
	exit(0);
}

static void failed(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART | SAM_RECOVERY_POLICY_CMAP));
	NUM(child());
	/* the parent kills at once: nothing can be said of the result */
	(void)sam_mark_failed();
	t_sleep(5000);
	puts("never here");
}

/* How many processes the map shows as failed; forgets them. */
static void count_failed(void)
{
	char name[CMAP_KEYNAME_MAXLEN + 1], *text;
	cmap_iter_handle_t iter;
	int failed = 0, others = 0;

	NEED(cmap_initialize(&map));
	NEED(cmap_iter_init(map, "resources.process.", &iter));
	while (cmap_iter_next(map, iter, name, NULL, NULL) == CS_OK) {
		if (strstr(name, ".state") && cmap_get_string(map, name, &text) == CS_OK) {
			if (strcmp(text, "failed") == 0)
				failed++;
			else
				others++;
			free(text);
		}
		cmap_delete(map, name);
	}
	NUM(failed);
	NUM(others);
}

static void plain(void)
{
	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	T(sam_mark_failed());
	NUM(child());
	T(sam_mark_failed());
	exit(1);
}

int main(void)
{
	scenario("keys", shown);
	scenario("marked", failed);
	count_failed();
	scenario("without the policy", plain);
	return T_END();
}
