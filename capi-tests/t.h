/*
 * What every program in capi-tests uses. A program prints deterministic lines (no pid, time, address or node id
 * that the configuration doesn't fix): its output under the reference and under Systole must be the same, byte by byte.
 *
 *   int main(void) { cpg_handle_t h = 0; T(cpg_finalize(h)); N("bad handle", cpg_finalize(7)); return T_END(); }
 *
 * prints
 *
 *   cpg_finalize(h): CS_ERR_BAD_HANDLE
 *   bad handle: CS_ERR_BAD_HANDLE
 *   end
 *
 * A program that hangs is ended by its own alarm after T_SECONDS, so that the daemon under test survives it.
 */
#ifndef SYSTOLE_CAPI_TESTS_T_H
#define SYSTOLE_CAPI_TESTS_T_H

#include <corosync/corotypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long one program may take altogether. */
#ifndef T_SECONDS
#define T_SECONDS 20
#endif

#define T_UNUSED __attribute__((unused))

/* A handle that no library ever gave out. */
#define T_BAD_HANDLE 0x12345678abcdef01ULL

/* Evaluates an expression of type cs_error_t, prints its text and the error's name, and is its value. */
#define T(expr) t_say(#expr, (int)(expr))

/* The same with words of your own in place of the expression's text. */
#define N(words, expr) t_say((words), (int)(expr))

/* Prints whether a condition holds. Is the condition's value. */
#define IS(cond) t_is(#cond, !!(cond))

/* Prints a number under the expression's text. */
#define NUM(expr) t_number(#expr, (long long)(expr))

/* Ends the program at once if the expression isn't CS_OK: for set-up steps that everything after needs. */
#define NEED(expr) t_need(#expr, (int)(expr))

/* The last line; `return T_END();` from main, so that a program that died early shows. */
#define T_END() (puts("end"), fflush(stdout), 0)

T_UNUSED static const char *t_name(int error)
{
	static const char *const names[] = {
		"0", "CS_OK", "CS_ERR_LIBRARY", "CS_ERR_VERSION", "CS_ERR_INIT", "CS_ERR_TIMEOUT", "CS_ERR_TRY_AGAIN",
		"CS_ERR_INVALID_PARAM", "CS_ERR_NO_MEMORY", "CS_ERR_BAD_HANDLE", "CS_ERR_BUSY", "CS_ERR_ACCESS",
		"CS_ERR_NOT_EXIST", "CS_ERR_NAME_TOO_LONG", "CS_ERR_EXIST", "CS_ERR_NO_SPACE", "CS_ERR_INTERRUPT",
		"CS_ERR_NAME_NOT_FOUND", "CS_ERR_NO_RESOURCES", "CS_ERR_NOT_SUPPORTED", "CS_ERR_BAD_OPERATION",
		"CS_ERR_FAILED_OPERATION", "CS_ERR_MESSAGE_ERROR", "CS_ERR_QUEUE_FULL", "CS_ERR_QUEUE_NOT_AVAILABLE",
		"CS_ERR_BAD_FLAGS", "CS_ERR_TOO_BIG", "CS_ERR_NO_SECTIONS", "CS_ERR_CONTEXT_NOT_FOUND", "29",
		"CS_ERR_TOO_MANY_GROUPS",
	};
	static char other[16];

	if (error >= 0 && (size_t)error < sizeof names / sizeof *names)
		return names[error];
	if (error == CS_ERR_SECURITY)
		return "CS_ERR_SECURITY";
	snprintf(other, sizeof other, "%d", error);
	return other;
}

T_UNUSED static int t_say(const char *words, int error)
{
	printf("%s: %s\n", words, t_name(error));
	fflush(stdout);
	return error;
}

T_UNUSED static int t_is(const char *words, int holds)
{
	printf("%s: %s\n", words, holds ? "yes" : "no");
	fflush(stdout);
	return holds;
}

T_UNUSED static long long t_number(const char *words, long long value)
{
	printf("%s: %lld\n", words, value);
	fflush(stdout);
	return value;
}

T_UNUSED static void t_need(const char *words, int error)
{
	if (error == CS_OK)
		return;
	printf("needed %s: %s\n", words, t_name(error));
	fflush(stdout);
	exit(2);
}

/* Whether fd is readable within ms milliseconds. */
T_UNUSED static int t_readable(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLIN);
}

T_UNUSED static void t_sleep(int ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&pause, &pause) != 0)
		;
}

/* Milliseconds on the monotonic clock: to bound loops, never to print. */
T_UNUSED static long long t_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Repeats a call while it says CS_ERR_TRY_AGAIN (the ring is forming, a queue is full), ten seconds at most. */
#define AGAIN(var, expr)                                                             \
	do {                                                                         \
		long long t_until = t_now() + 10000;                                 \
		while (((var) = (expr)) == CS_ERR_TRY_AGAIN && t_now() < t_until)    \
			t_sleep(10);                                                 \
	} while (0)

__attribute__((constructor)) static void t_begin(void)
{
	alarm(T_SECONDS);
}

#endif
