#include "common.h"

#include <sys/stat.h>

/* What the alert's agent was told, which it writes into a pipe. */
static void told(void)
{
	char line[512];
	FILE *pipe = fopen("/run/state/told", "r");

	while (pipe && fgets(line, sizeof(line), pipe))
		printf("told: %s", line);
	if (pipe)
		fclose(pipe);
}

int main(void)
{
	lrmd_t *lrmd = lrmd_api_new();

	NUM(lrmd->cmds->exec_alert(lrmd, "id", "/run/alert", 15000, with("CRM_alert_x", "y")));
	lrmd_api_delete(lrmd);
	mkfifo("/run/state/told", 0666);
	chmod("/run/state/told", 0666);
	lrmd = connected();
	NUM(lrmd->cmds->exec_alert(lrmd, "id", "/run/alert", 15000, with("CRM_alert_x", "y")));
	told();
	NUM(lrmd->cmds->exec_alert(lrmd, "id", "/run/alert", 15000, NULL));
	told();
	NUM(lrmd->cmds->exec_alert(lrmd, "id", "/run/no-such", 15000, NULL));
	NUM(lrmd->cmds->exec_alert(lrmd, NULL, NULL, 0, NULL));
	lrmd_api_delete(lrmd);
	unlink("/run/state/told");
	return T_END();
}
