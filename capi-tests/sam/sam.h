/* What the programs of libsam share: a scenario runs in a process of its own, as its parent never returns. */
#ifndef SYSTOLE_CAPI_TESTS_SAM_H
#define SYSTOLE_CAPI_TESTS_SAM_H

#include "t.h"
#include <corosync/sam.h>
#include <signal.h>

/* Runs a scenario and prints how its process (once registered: the parent) ends. */
T_UNUSED static void scenario(const char *words, void (*run)(void))
{
	int status = 0;
	pid_t pid;

	printf("-- %s\n", words);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(T_SECONDS);
		run();
		fflush(stdout);
		_exit(50);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		printf("exit %d\n", WEXITSTATUS(status));
	else
		printf("signal %d\n", WTERMSIG(status));
	fflush(stdout);
}

/* Registers; a parent that comes back says so and ends. Gives the instance. */
T_UNUSED static unsigned int child(void)
{
	unsigned int instance = 0;
	int error = sam_register(&instance);

	if (error != CS_OK) {
		N("sam_register", error);
		_exit(51);
	}
	return instance;
}

#endif
