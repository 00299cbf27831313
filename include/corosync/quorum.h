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

/*
 * Connects to the daemon. This is quorum_model_initialize() with model QUORUM_MODEL_V0. `callbacks` are copied;
 * null stands for none. `quorum_type` tells whether the daemon has a quorum provider.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `handle` is null.
 */
cs_error_t quorum_initialize(
	quorum_handle_t *handle,
	quorum_callbacks_t *callbacks,
	uint32_t *quorum_type);

/*
 * Connects to the daemon, with callbacks of a model. `model_data` is a quorum_model_v0_data_t or a
 * quorum_model_v1_data_t, and is copied; its own field `model` is not looked at. Model 1 tells who came and left,
 * and tells members before quorum. `quorum_type` tells whether the daemon has a quorum provider; `context` is what
 * quorum_context_get() gives.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `handle` is null, or the model is unknown.
 */
cs_error_t quorum_model_initialize(
	quorum_handle_t *handle,
	quorum_model_t model,
	quorum_model_data_t *model_data,
	uint32_t *quorum_type,
	void *context);

/*
 * Ends the connection. It may be called within a callback.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
cs_error_t quorum_finalize(
	quorum_handle_t handle);

/*
 * Gives a descriptor to poll. It is readable when quorum_dispatch() has something to do. It stays the library's:
 * do not read it or close it.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `fd` is null.
 */
cs_error_t quorum_fd_get(
	quorum_handle_t handle,
	int *fd);

/*
 * Calls the callbacks for what has come. `dispatch_types` says how much: one event, all that wait, or, blocking,
 * everything until the handle is finalized. Callbacks run in the calling thread and may call the library,
 * quorum_finalize() too. Nothing comes before quorum_trackstart().
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_TRY_AGAIN: nothing waits, with CS_DISPATCH_ONE_NONBLOCKING.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t quorum_dispatch(
	quorum_handle_t handle,
	cs_dispatch_flags_t dispatch_types);

/*
 * Says whether this host's part of the cluster has quorum. `quorate` is 1 if it has, else 0.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `quorate` is null.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t quorum_getquorate(
	quorum_handle_t handle,
	int *quorate);

/*
 * Subscribes to changes of quorum and members. `flags` is CS_TRACK_CURRENT for the state as it is,
 * CS_TRACK_CHANGES for every change, which tells the state as it is, too, or CS_TRACK_CHANGES_ONLY for changes
 * alone. quorum_dispatch() calls the callbacks.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_EXIST: changes are told already.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t quorum_trackstart(
	quorum_handle_t handle,
	unsigned int flags);

/*
 * Ends what quorum_trackstart() began. It is no error if there is nothing to end.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t quorum_trackstop(
	quorum_handle_t handle);

/*
 * Keeps a pointer of the caller's own with the handle. The library never looks at what it points to;
 * quorum_context_get() gives it back.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
cs_error_t quorum_context_set(
	quorum_handle_t handle,
	const void *context);

/*
 * Gives the pointer that is kept with the handle. It was set by quorum_context_set() or when the connection was
 * made, and is null else.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `context` is null.
 */
cs_error_t quorum_context_get(
	quorum_handle_t handle,
	const void **context);

#ifdef __cplusplus
}
#endif

#endif
