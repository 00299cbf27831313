/*
 * How fast a CIB manager is, with a configuration of so many resources: changes of one attribute, queries of all of it and
 * of one element by XPath, and queries of all while somebody else makes changes. One request at a time.
 * Prints one line a figure: NAME RESOURCES VALUE.
 *
 *   cib SECONDS RESOURCES
 */
#include <crm/cib.h>
#include <crm/crm.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void check(const char *what, int code)
{
	if (code == pcmk_ok)
		return;
	fprintf(stderr, "%s: %s (%d)\n", what, pcmk_strerror(code), code);
	exit(1);
}

static cib_t *connected(const char *name)
{
	cib_t *cib = cib_new();

	check("signon", cib->cmds->signon(cib, name, cib_command));
	return cib;
}

/* Primitives with parameters and operations, as people have them. */
static xmlNode *resources(int count)
{
	GString *text = g_string_new("<resources>");

	for (int i = 0; i < count; i++)
		g_string_append_printf(text,
			"<primitive id=\"r%d\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">"
			"<instance_attributes id=\"r%d-params\"><nvpair id=\"r%d-params-fake\" name=\"fake\" value=\"%d\"/>"
			"</instance_attributes><operations>"
			"<op id=\"r%d-monitor\" name=\"monitor\" interval=\"10s\" timeout=\"20s\"/>"
			"<op id=\"r%d-start\" name=\"start\" interval=\"0\" timeout=\"20s\"/>"
			"</operations></primitive>", i, i, i, i, i, i);
	g_string_append(text, "</resources>");
	return string2xml(text->str);
}

static void modify(cib_t *cib, long value)
{
	char text[200];
	xmlNode *change;

	snprintf(text, sizeof(text), "<cluster_property_set id=\"bench\"><nvpair id=\"bench-value\" name=\"bench\" "
		 "value=\"%ld\"/></cluster_property_set>", value);
	change = string2xml(text);
	check("modify", cib->cmds->modify(cib, "crm_config", change, cib_sync_call | cib_can_create));
	free_xml(change);
}

static void query(cib_t *cib, const char *what, int options)
{
	xmlNode *found = NULL;

	check("query", cib->cmds->query(cib, what, &found, options | cib_sync_call | cib_scope_local));
	free_xml(found);
}

static void queries(cib_t *cib, const char *name, double seconds, int count, const char *what, int options)
{
	double start = now();
	long done;

	for (done = 0; now() - start < seconds; done++)
		query(cib, what, options);
	printf("%s %d %.1f\n", name, count, done / (now() - start));
}

/* Another client that makes changes until it is killed. */
static pid_t changes(void)
{
	pid_t child = fork();

	if (child == 0) {
		cib_t *cib = connected("changes");

		for (long value = 1L << 32;; value++)
			modify(cib, value);
	}
	return child;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2, start;
	int count = argc > 2 ? atoi(argv[2]) : 1;
	char wanted[80];
	cib_t *cib;
	long done;
	pid_t child;

	crm_log_init("bench", LOG_CRIT, FALSE, FALSE, argc, argv, TRUE);
	cib = connected("bench");
	/* this host decides, as its controller would say */
	check("set_primary", cib->cmds->set_primary(cib, cib_scope_local | cib_sync_call));
	check("replace", cib->cmds->replace(cib, "resources", resources(count), cib_sync_call));
	modify(cib, -1);
	for (done = 0, start = now(); now() - start < seconds; done++)
		modify(cib, done);
	printf("modifies_per_second %d %.1f\n", count, done / (now() - start));
	queries(cib, "queries_of_all_per_second", seconds, count, NULL, 0);
	snprintf(wanted, sizeof(wanted), "//primitive[@id='r%d']", count / 2);
	queries(cib, "XPath_queries_per_second", seconds, count, wanted, cib_xpath);
	cib->cmds->signoff(cib);
	fflush(stdout);

	/* a connection does not survive a fork */
	child = changes();
	cib = connected("bench");
	queries(cib, "queries_of_all_beside_changes_per_second", seconds, count, NULL, 0);
	cib->cmds->signoff(cib);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
