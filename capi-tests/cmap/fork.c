#include "common.h"

/* a child that leaves its parent's connection alone, one that gives up its copy, and one with its own */
static void child(void (*run)(cmap_handle_t), cmap_handle_t handle)
{
	pid_t pid;
	int status = -1;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run(handle);
		fflush(stdout);
		_exit(3);
	}
	waitpid(pid, &status, 0);
	printf("child: %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void nothing(cmap_handle_t handle)
{
	(void)handle;
}

static void own(cmap_handle_t handle)
{
	cmap_handle_t mine = open_map();

	(void)handle;
	T(cmap_set_uint8(mine, "test.fork", 7));
	T(cmap_finalize(mine));
}

int main(void)
{
	cmap_handle_t handle = open_map();
	cmap_track_handle_t tracker;

	T(cmap_track_add(handle, "test.fork", CMAP_TRACK_ADD | CMAP_TRACK_MODIFY, print_event, "parent", &tracker));
	child(nothing, handle);
	T(cmap_set_uint8(handle, "test.fork", 1));
	child(own, handle);
	show(handle, "test.fork");
	T(cmap_dispatch(handle, CS_DISPATCH_ALL));
	T(cmap_delete(handle, "test.fork"));
	T(cmap_finalize(handle));
	return T_END();
}
