/*
 * How fast an executor is: operations per second, how long it takes from a request to its agent and from the agent's end to
 * the notification, and what it costs while many resources are monitored. The agent is ocf:bench:Agent (agent.c).
 * Prints one line a figure: NAME RESOURCES VALUE; and for each operation that ran alone `alone ASKED TOLD`, in us of
 * CLOCK_MONOTONIC, for who knows when its agent was forked and when it ended.
 *
 *   execd SECONDS
 */
#include <crm/lrmd.h>
#include <crm/common/results.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RESOURCES 8
#define SAMPLES 2000
#define MONITORED 500

static long heard, failed;
static bool sampling;
static long long asked, told;
static double to_agent[SAMPLES], to_client[SAMPLES];
static int samples;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void on_event(lrmd_event_data_t *event)
{
	long long began, ended;

	if (event->type != lrmd_event_exec_complete)
		return;
	told = now();
	heard++;
	if (event->rc != PCMK_OCF_OK)
		failed++;
	if (sampling && samples < SAMPLES && event->output && sscanf(event->output, "%lld %lld", &began, &ended) == 2) {
		to_agent[samples] = (began - asked) / 1e3;
		to_client[samples++] = (told - ended) / 1e3;
	}
}

static void check(const char *what, int code)
{
	if (code >= 0)
		return;
	fprintf(stderr, "%s: %s (%d)\n", what, pcmk_strerror(code), code);
	exit(1);
}

static void hear(lrmd_t *lrmd, int ms)
{
	if (lrmd_poll(lrmd, ms) > 0 && !lrmd_dispatch(lrmd)) {
		fprintf(stderr, "the executor is gone\n");
		exit(1);
	}
}

static const char *name(int number)
{
	static char text[20];

	snprintf(text, sizeof(text), "r%d", number);
	return text;
}

static void run(lrmd_t *lrmd, int number, const char *action, int interval, enum lrmd_call_options options)
{
	check("exec", lrmd->cmds->exec(lrmd, name(number), action, NULL, interval, 20000, 0, options, NULL));
}

/* Each resource has one operation under way. */
static void operations(lrmd_t *lrmd, double seconds)
{
	long long start = now(), until = start + seconds * 1e9;
	long sent = 0, begun = heard;

	while (now() < until) {
		while (sent - (heard - begun) < RESOURCES)
			run(lrmd, sent++ % RESOURCES, "monitor", 0, lrmd_opt_none);
		hear(lrmd, 1000);
	}
	printf("operations_per_second %d %.1f\n", RESOURCES, (heard - begun) / ((now() - start) / 1e9));
	while (heard - begun < sent)
		hear(lrmd, 1000);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static void latencies(lrmd_t *lrmd, double seconds)
{
	long long until = now() + seconds * 1e9;

	for (sampling = true; samples < SAMPLES && now() < until;) {
		long before = heard;

		asked = now();
		run(lrmd, 0, "monitor", 0, lrmd_opt_none);
		while (heard == before)
			hear(lrmd, 1000);
		printf("alone %.3f %.3f\n", asked / 1e3, told / 1e3);
	}
	sampling = false;
	qsort(to_agent, samples, sizeof(double), ascending);
	qsort(to_client, samples, sizeof(double), ascending);
	printf("request_to_agent_us_median 0 %.1f\n", to_agent[samples / 2]);
	printf("request_to_agent_us_p99 0 %.1f\n", to_agent[samples * 99 / 100]);
	printf("end_to_notification_us_median 0 %.1f\n", to_client[samples / 2]);
	printf("end_to_notification_us_p99 0 %.1f\n", to_client[samples * 99 / 100]);
}

/* Processor time of the executor itself, without its children's, in ms. */
static double processor(void)
{
	FILE *file = popen("pgrep -o -x pacemaker-execd", "r");
	unsigned long user = 0, system = 0;
	char path[40];
	int pid = 0;

	if (!file || fscanf(file, "%d", &pid) != 1)
		exit(1);
	pclose(file);
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		exit(1);
	fclose(file);
	return (user + system) * 1e3 / sysconf(_SC_CLK_TCK);
}

static void monitors(lrmd_t *lrmd, double seconds)
{
	long long start;
	double before;

	for (int number = RESOURCES; number < RESOURCES + MONITORED; number++) {
		check("register", lrmd->cmds->register_rsc(lrmd, name(number), "ocf", "bench", "Agent", 0));
		run(lrmd, number, "monitor", 1000, lrmd_opt_notify_changes_only);
	}
	for (start = now(); now() - start < 2e9;)
		hear(lrmd, 100);
	before = processor();
	for (start = now(); now() - start < seconds * 1e9;)
		hear(lrmd, 100);
	printf("CPU_ms_per_second,_monitored_each_second %d %.1f\n", MONITORED,
	       (processor() - before) / ((now() - start) / 1e9));
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	lrmd_t *lrmd = lrmd_api_new();

	lrmd->cmds->set_callback(lrmd, on_event);
	check("connect", lrmd->cmds->connect(lrmd, "bench", NULL));
	for (int number = 0; number < RESOURCES; number++)
		check("register", lrmd->cmds->register_rsc(lrmd, name(number), "ocf", "bench", "Agent", 0));
	operations(lrmd, seconds);
	latencies(lrmd, 2 * seconds);
	monitors(lrmd, 2 * seconds);
	if (failed) {
		fprintf(stderr, "%ld operations failed\n", failed);
		return 1;
	}
	return 0;
}
