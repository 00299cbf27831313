/*
 * How fast the map and connections are: gets of one key per second, and connections made and ended per second.
 * Prints one line a figure: NAME SIZE VALUE.
 *
 *   cmap [SECONDS]
 */
#include <corosync/cmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void check(const char *what, cs_error_t error)
{
	if (error == CS_OK)
		return;
	fprintf(stderr, "%s: error %d\n", what, error);
	exit(1);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2, start;
	cmap_handle_t handle;
	uint32_t value;
	long count;

	check("cmap_initialize", cmap_initialize(&handle));
	for (count = 0, start = now(); now() - start < seconds; count++)
		check("cmap_get_uint32", cmap_get_uint32(handle, "totem.version", &value));
	printf("cmap_gets_per_second 4 %.0f\n", count / (now() - start));
	check("cmap_finalize", cmap_finalize(handle));
	for (count = 0, start = now(); now() - start < seconds; count++) {
		check("cmap_initialize", cmap_initialize(&handle));
		check("cmap_finalize", cmap_finalize(handle));
	}
	printf("connections_per_second 0 %.0f\n", count / (now() - start));
	return 0;
}
