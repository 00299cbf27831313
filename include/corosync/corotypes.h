/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Types and error codes that all corosync client libraries share, and libcorosync_common.
 */
#ifndef COROTYPES_H_DEFINED
#define COROTYPES_H_DEFINED

#include <errno.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds. */
typedef int64_t cs_time_t;

#define CS_FALSE 0
#define CS_TRUE !CS_FALSE

/* Room in a cs_name_t, in bytes. */
#define CS_MAX_NAME_LENGTH 256

/* The latest time there is: never. */
#define CS_TIME_END ((cs_time_t)0x7FFFFFFFFFFFFFFFULL)

#define CS_MAX(x, y) (((x) > (y)) ? (x) : (y))

/* printf formats for node ids and ring ids; include <inttypes.h> to use them. A ring id takes node id and sequence. */
#define CS_PRI_NODE_ID "%" PRIu32
#define CS_PRI_NODE_ID_PADDED "%10" PRIu32
#define CS_PRI_RING_ID_SEQ "%" PRIx64
#define CS_PRI_RING_ID "%" PRIx32 ".%" PRIx64

/* A counted name: `length` bytes of `value`, no NUL needed. */
typedef struct {
	uint16_t length;
	uint8_t value[CS_MAX_NAME_LENGTH];
} cs_name_t;

/* An interface version. */
typedef struct {
	char releaseCode;
	unsigned char majorVersion;
	unsigned char minorVersion;
} cs_version_t;

/* How much a *_dispatch() call does before it returns. */
typedef enum {
	CS_DISPATCH_ONE = 1,            /* wait for an event, hand out that one */
	CS_DISPATCH_ALL = 2,            /* hand out all that wait now, never block */
	CS_DISPATCH_BLOCKING = 3,       /* hand out events until the handle is finalized */
	CS_DISPATCH_ONE_NONBLOCKING = 4 /* hand out one; CS_ERR_TRY_AGAIN if none waits */
} cs_dispatch_flags_t;

/* What a *_trackstart() call subscribes to; may be combined where the library says so. */
#define CS_TRACK_CURRENT 0x01      /* the present state, once */
#define CS_TRACK_CHANGES 0x02      /* every change, with the whole state */
#define CS_TRACK_CHANGES_ONLY 0x04 /* every change, with what changed only */

/* The result of every call. Each library's functions say which they give and why. */
typedef enum {
	CS_OK = 1,
	CS_ERR_LIBRARY = 2,              /* the connection broke: the daemon went away, most often */
	CS_ERR_VERSION = 3,              /* this version of an interface is not spoken */
	CS_ERR_INIT = 4,                 /* not initialised, or twice */
	CS_ERR_TIMEOUT = 5,              /* no answer in time */
	CS_ERR_TRY_AGAIN = 6,            /* busy for now (flow control, a forming ring): repeat later */
	CS_ERR_INVALID_PARAM = 7,        /* an argument makes no sense */
	CS_ERR_NO_MEMORY = 8,            /* no memory */
	CS_ERR_BAD_HANDLE = 9,           /* no such handle, or it was finalized */
	CS_ERR_BUSY = 10,                /* somebody else is at it */
	CS_ERR_ACCESS = 11,              /* not allowed */
	CS_ERR_NOT_EXIST = 12,           /* there is no such thing */
	CS_ERR_NAME_TOO_LONG = 13,       /* a name does not fit */
	CS_ERR_EXIST = 14,               /* it is there already */
	CS_ERR_NO_SPACE = 15,            /* no room */
	CS_ERR_INTERRUPT = 16,           /* a signal came in between */
	CS_ERR_NAME_NOT_FOUND = 17,      /* no such name */
	CS_ERR_NO_RESOURCES = 18,        /* the system has no more of something */
	CS_ERR_NOT_SUPPORTED = 19,       /* not offered here */
	CS_ERR_BAD_OPERATION = 20,       /* not possible in this state */
	CS_ERR_FAILED_OPERATION = 21,    /* tried and failed */
	CS_ERR_MESSAGE_ERROR = 22,       /* a message was malformed */
	CS_ERR_QUEUE_FULL = 23,          /* a queue is full */
	CS_ERR_QUEUE_NOT_AVAILABLE = 24, /* there is no queue */
	CS_ERR_BAD_FLAGS = 25,           /* flags that are unknown or exclude each other */
	CS_ERR_TOO_BIG = 26,             /* a value or a message is too big */
	CS_ERR_NO_SECTIONS = 27,         /* nothing (more) to iterate over */
	CS_ERR_CONTEXT_NOT_FOUND = 28,   /* no such context */
	CS_ERR_TOO_MANY_GROUPS = 30,     /* one group more than there may be */
	CS_ERR_SECURITY = 100            /* the daemon does not know this user */
} cs_error_t;

/* Milliseconds that calls wait for an answer: for ever. */
#define CS_IPC_TIMEOUT_MS -1

#define CS_TIME_MS_IN_SEC 1000ULL
#define CS_TIME_US_IN_SEC 1000000ULL
#define CS_TIME_NS_IN_SEC 1000000000ULL
#define CS_TIME_US_IN_MSEC 1000ULL
#define CS_TIME_NS_IN_MSEC 1000000ULL
#define CS_TIME_NS_IN_USEC 1000ULL

/* Nanoseconds on the monotonic clock, or since 1970 on a system without one. */
static inline uint64_t cs_timestamp_get(void)
{
#if defined _POSIX_MONOTONIC_CLOCK && _POSIX_MONOTONIC_CLOCK >= 0
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * CS_TIME_NS_IN_SEC + (uint64_t)now.tv_nsec;
#else
	struct timeval now;

	gettimeofday(&now, 0);
	return (uint64_t)now.tv_sec * CS_TIME_NS_IN_SEC + (uint64_t)now.tv_usec * CS_TIME_NS_IN_USEC;
#endif
}

/* Gives the error that stands for a libqb call's result. 0 and more is CS_OK; less is a negative errno. */
cs_error_t qb_to_cs_error(int result);

/* Gives the name of an error. The string is static; unknown errors have one, too. */
const char *cs_strerror(cs_error_t err);

/* Gives the error that stands for a handle database call's result (hdb.h). 0 is CS_OK; less is a negative errno. */
cs_error_t hdb_error_to_cs(int res);

#ifdef __cplusplus
}
#endif

#endif
