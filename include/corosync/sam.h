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

/* First of all. `time_interval`: milliseconds between signs of health at most; 0: no checking. */
cs_error_t sam_initialize(
	int time_interval,
	sam_recovery_policy_t recovery_policy);

cs_error_t sam_finalize(void);

/* Starts and stops health checking. */
cs_error_t sam_start(void);
cs_error_t sam_stop(void);

/* The signal that warns a failing process before SIGKILL; 0: none, SIGTERM unless set. */
cs_error_t sam_warn_signal_set(int warn_signal);

/* Forks; returns in the child, each time it is started again too. `instance_id` counts from 1. */
cs_error_t sam_register(
	unsigned int *instance_id);

/* A sign of health. */
cs_error_t sam_hc_send(void);

/* Event driven checking: the library calls `cb` by itself. */
cs_error_t sam_hc_callback_register(sam_hc_callback_t cb);

/* Data that outlives a restart. */
cs_error_t sam_data_getsize(size_t *size);

cs_error_t sam_data_restore(
	void *data,
	size_t size);

/* A null `data` forgets what is stored. */
cs_error_t sam_data_store(
	const void *data,
	size_t size);

/* Fails at once. */
cs_error_t sam_mark_failed(void);

#ifdef __cplusplus
}
#endif

#endif
