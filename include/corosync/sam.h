/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsam: a process that is watched. sam_register() forks; the parent watches the child's health and quits or starts
 * it again when it fails.
 */
#ifndef COROSYNC_SAM_H_DEFINED
#define COROSYNC_SAM_H_DEFINED

#include <corosync/corotypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What to do with a process that failed; QUORUM: also wait for and depend on quorum; CMAP: keep its state in cmap. */
typedef enum {
	SAM_RECOVERY_POLICY_QUIT = 1,
	SAM_RECOVERY_POLICY_RESTART = 2,
	SAM_RECOVERY_POLICY_QUORUM = 0x08,
	SAM_RECOVERY_POLICY_QUORUM_QUIT = SAM_RECOVERY_POLICY_QUORUM | SAM_RECOVERY_POLICY_QUIT,
	SAM_RECOVERY_POLICY_QUORUM_RESTART = SAM_RECOVERY_POLICY_QUORUM | SAM_RECOVERY_POLICY_RESTART,
	SAM_RECOVERY_POLICY_CMAP = 0x10,
	SAM_RECOVERY_POLICY_CONFDB = 0x10,
} sam_recovery_policy_t;

/* Asked for health in event driven checking: other than 0 is a failure. */
typedef int (*sam_hc_callback_t)(void);

/*
 * Begins; to be called first, and once in a process. `time_interval` is how long the process may go without a sign
 * of health, in milliseconds; 0: for ever, only its end counts. `recovery_policy` says what happens to a process
 * that failed.
 *
 * CS_ERR_BAD_HANDLE: it was called before.
 * CS_ERR_INVALID_PARAM: the policy is unknown.
 * CS_ERR_LIBRARY: the policy asks for quorum, and no daemon answers.
 */
cs_error_t sam_initialize(
	int time_interval,
	sam_recovery_policy_t recovery_policy);

/*
 * Ends the supervision. The process lives on unwatched, and what was stored is forgotten. It cannot be initialized
 * again.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_initialize(), or it has ended.
 */
cs_error_t sam_finalize(void);

/*
 * Starts health checking. From now on the process must call sam_hc_send() within each interval, or its callback
 * must say that it is well. With a quorum policy it waits until there is quorum.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_register().
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_start(void);

/*
 * Stops health checking. sam_start() starts it again.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_start().
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_stop(void);

/*
 * Sets the signal that warns a process before SIGKILL. SIGTERM is sent unless another one is set; SIGKILL: there
 * is no warning.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_initialize(), or it has ended.
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_warn_signal_set(int warn_signal);

/*
 * Forks. The call returns in the child, and again in each child that takes the place of a failed one; the parent
 * watches and returns from it only with an error. `instance_id` counts the children from 1; it may be null. The child
 * has another process id than the caller had.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_initialize(), or it was called before.
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_register(
	unsigned int *instance_id);

/*
 * Gives a sign of health. Not needed with a callback, see sam_hc_callback_register().
 *
 * CS_ERR_BAD_HANDLE: there was no sam_start().
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_hc_send(void);

/*
 * Lets a thread of the library ask for health. It calls `cb` four times in each interval; 0 is well, all else is a
 * failure. To be called after sam_register() and while health checking is stopped. Null goes back to
 * sam_hc_send().
 *
 * CS_ERR_BAD_HANDLE: there was no sam_register(), or health checking runs.
 * CS_ERR_INVALID_PARAM: the interval of sam_initialize() is 0, or `cb` is null and there was none before.
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_hc_callback_register(sam_hc_callback_t cb);

/*
 * Tells how many bytes are stored. 0: none.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_initialize(), or it has ended.
 * CS_ERR_INVALID_PARAM: `size` is null.
 */
cs_error_t sam_data_getsize(size_t *size);

/*
 * Copies what is stored to `data`. `size` is the room there, see sam_data_getsize().
 *
 * CS_ERR_BAD_HANDLE: there was no sam_initialize(), or it has ended.
 * CS_ERR_INVALID_PARAM: `data` is null, or the room is too small.
 */
cs_error_t sam_data_restore(
	void *data,
	size_t size);

/*
 * Stores bytes that outlive a restart. They replace what was stored; a null `data` forgets it. sam_data_restore()
 * gives them to the next child.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_initialize(), or it has ended.
 * CS_ERR_NO_MEMORY: there is no memory for it.
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_data_store(
	const void *data,
	size_t size);

/*
 * Fails at once. The process is killed without a warning and not started again; its state in the map is failed. It
 * needs SAM_RECOVERY_POLICY_CMAP.
 *
 * CS_ERR_BAD_HANDLE: there was no sam_register().
 * CS_ERR_INVALID_PARAM: the policy is without SAM_RECOVERY_POLICY_CMAP.
 * CS_ERR_LIBRARY: a system call or talking to the watching process failed.
 */
cs_error_t sam_mark_failed(void);

#ifdef __cplusplus
}
#endif

#endif
