/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libquorum: does this side of the cluster have quorum, and who is in it.
 */
#ifndef COROSYNC_QUORUM_H_DEFINED
#define COROSYNC_QUORUM_H_DEFINED

#include <corosync/corotypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The shape of callbacks. */
typedef enum {
	QUORUM_MODEL_V0 = 0,
	QUORUM_MODEL_V1 = 1,
} quorum_model_t;

typedef uint64_t quorum_handle_t;

/* A ring's identity: the host that formed it, and a number that only grows. */
struct quorum_ring_id {
	uint32_t nodeid;
	uint64_t seq;
};

/* Model 0: quorum or members changed. Lists are the callee's until it returns, here and below. */
typedef void (*quorum_notification_fn_t)(
	quorum_handle_t handle,
	uint32_t quorate,
	uint64_t ring_seq,
	uint32_t view_list_entries,
	uint32_t *view_list);

/* Model 1: quorum changed. */
typedef void (*quorum_v1_quorum_notification_fn_t)(
	quorum_handle_t handle,
	uint32_t quorate,
	struct quorum_ring_id ring_id,
	uint32_t member_list_entries, const uint32_t *member_list);

/* Model 1: members changed; comes before the quorum decision. */
typedef void (*quorum_v1_nodelist_notification_fn_t)(
	quorum_handle_t handle,
	struct quorum_ring_id ring_id,
	uint32_t member_list_entries, const uint32_t *member_list,
	uint32_t joined_list_entries, const uint32_t *joined_list,
	uint32_t left_list_entries, const uint32_t *left_list);

/* Callbacks of quorum_initialize(); may be null. */
typedef struct {
	quorum_notification_fn_t quorum_notify_fn;
} quorum_callbacks_t;

/* What all models begin with. */
typedef struct {
	quorum_model_t model;
} quorum_model_data_t;

typedef struct {
	quorum_model_t model;
	quorum_notification_fn_t quorum_notify_fn;
} quorum_model_v0_data_t;

typedef struct {
	quorum_model_t model;
	quorum_v1_quorum_notification_fn_t quorum_notify_fn;
	quorum_v1_nodelist_notification_fn_t nodelist_notify_fn;
} quorum_model_v1_data_t;

/* quorum_type: no quorum provider is configured (everybody is quorate), or one is. */
#define QUORUM_FREE 0
#define QUORUM_SET 1

/* Connects to the daemon; callbacks are copied. */
cs_error_t quorum_initialize(
	quorum_handle_t *handle,
	quorum_callbacks_t *callbacks,
	uint32_t *quorum_type);

/* The same with a choice of model; `context` is what quorum_context_get() gives. */
cs_error_t quorum_model_initialize(
	quorum_handle_t *handle,
	quorum_model_t model,
	quorum_model_data_t *model_data,
	uint32_t *quorum_type,
	void *context);

cs_error_t quorum_finalize(
	quorum_handle_t handle);

/* A descriptor to poll: readable when quorum_dispatch() has something to do. */
cs_error_t quorum_fd_get(
	quorum_handle_t handle,
	int *fd);

cs_error_t quorum_dispatch(
	quorum_handle_t handle,
	cs_dispatch_flags_t dispatch_types);

/* 1: quorate; 0: not. */
cs_error_t quorum_getquorate(
	quorum_handle_t handle,
	int *quorate);

/* Subscribes: CS_TRACK_CURRENT, CS_TRACK_CHANGES or both. */
cs_error_t quorum_trackstart(
	quorum_handle_t handle,
	unsigned int flags);

cs_error_t quorum_trackstop(
	quorum_handle_t handle);

/* A pointer of the caller's own, kept with the handle. */
cs_error_t quorum_context_set(
	quorum_handle_t handle,
	const void *context);

cs_error_t quorum_context_get(
	quorum_handle_t handle,
	const void **context);

#ifdef __cplusplus
}
#endif

#endif
