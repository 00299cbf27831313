/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcpg: closed process groups. Processes on any host of the cluster join a group by its name; a message that a
 * member sends reaches every member, the sender too, in the same order everywhere, and joins and leaves are part of
 * that order.
 */
#ifndef COROSYNC_CPG_H_DEFINED
#define COROSYNC_CPG_H_DEFINED

#include <netinet/in.h>
#include <corosync/corotypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A connection; of one process, for one group. */
typedef uint64_t cpg_handle_t;

/* A walk through groups and members. */
typedef uint64_t cpg_iteration_handle_t;

/* The order a message is delivered in. All are delivered as CPG_TYPE_AGREED. */
typedef enum {
	CPG_TYPE_UNORDERED,
	CPG_TYPE_FIFO,
	CPG_TYPE_AGREED,
	CPG_TYPE_SAFE
} cpg_guarantee_t;

/* Enabled: the daemon is loaded, cpg_mcast_joined() answers CS_ERR_TRY_AGAIN for a while. */
typedef enum {
	CPG_FLOW_CONTROL_DISABLED,
	CPG_FLOW_CONTROL_ENABLED
} cpg_flow_control_state_t;

/* Why a process is in a list of joined or left ones. */
typedef enum {
	CPG_REASON_UNDEFINED = 0, /* it is an unchanged member */
	CPG_REASON_JOIN = 1,      /* it called cpg_join() */
	CPG_REASON_LEAVE = 2,     /* it called cpg_leave() */
	CPG_REASON_NODEDOWN = 3,  /* its host left the ring */
	CPG_REASON_NODEUP = 4,    /* its host came to the ring */
	CPG_REASON_PROCDOWN = 5   /* it ended without leaving */
} cpg_reason_t;

/* What an iteration walks through. */
typedef enum {
	CPG_ITERATION_NAME_ONLY = 1, /* each group once; only `group` is set */
	CPG_ITERATION_ONE_GROUP = 2, /* the members of one group */
	CPG_ITERATION_ALL = 3,       /* the members of all groups */
} cpg_iteration_type_t;

/* The shape of callbacks. */
typedef enum {
	CPG_MODEL_V1 = 1,
} cpg_model_t;

/* One member: `pid` on host `nodeid`; `reason` is a cpg_reason_t. */
struct cpg_address {
	uint32_t nodeid;
	uint32_t pid;
	uint32_t reason;
};

/* Bytes of the longest group name. */
#define CPG_MAX_NAME_LENGTH 128

/* A group's name: `length` bytes of `value`, of any value. */
struct cpg_name {
	uint32_t length;
	char value[CPG_MAX_NAME_LENGTH];
};

/* Members that cpg_membership_get() and a configuration change can name. */
#define CPG_MEMBERS_MAX 128

/* One step of an iteration. */
struct cpg_iteration_description_t {
	struct cpg_name group;
	uint32_t nodeid;
	uint32_t pid;
};

/* A ring's identity: the host that formed it, and a number that only grows. */
struct cpg_ring_id {
	uint32_t nodeid;
	uint64_t seq;
};

/* A message came. `msg` is the callee's until it returns. */
typedef void (*cpg_deliver_fn_t)(
	cpg_handle_t handle,
	const struct cpg_name *group_name,
	uint32_t nodeid,
	uint32_t pid,
	void *msg,
	size_t msg_len);

/* The group changed. The lists are the callee's until it returns. */
typedef void (*cpg_confchg_fn_t)(
	cpg_handle_t handle,
	const struct cpg_name *group_name,
	const struct cpg_address *member_list, size_t member_list_entries,
	const struct cpg_address *left_list, size_t left_list_entries,
	const struct cpg_address *joined_list, size_t joined_list_entries);

/* The ring changed: its members' node ids. */
typedef void (*cpg_totem_confchg_fn_t)(
	cpg_handle_t handle,
	struct cpg_ring_id ring_id,
	uint32_t member_list_entries,
	const uint32_t *member_list);

/* Callbacks of cpg_initialize(); either may be null. */
typedef struct {
	cpg_deliver_fn_t cpg_deliver_fn;
	cpg_confchg_fn_t cpg_confchg_fn;
} cpg_callbacks_t;

/* What all models begin with. */
typedef struct {
	cpg_model_t model;
} cpg_model_data_t;

/* In `flags`: call cpg_totem_confchg_fn once after joining, with the ring as it is. */
#define CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF 0x01

/* Callbacks of model 1; each may be null. */
typedef struct {
	cpg_model_t model;
	cpg_deliver_fn_t cpg_deliver_fn;
	cpg_confchg_fn_t cpg_confchg_fn;
	cpg_totem_confchg_fn_t cpg_totem_confchg_fn;
	unsigned int flags;
} cpg_model_v1_data_t;

/* Connects to the daemon; `callbacks` are copied. */
cs_error_t cpg_initialize(
	cpg_handle_t *handle,
	cpg_callbacks_t *callbacks);

/* The same with a choice of model; `context` is what cpg_context_get() gives. */
cs_error_t cpg_model_initialize(
	cpg_handle_t *handle,
	cpg_model_t model,
	cpg_model_data_t *model_data,
	void *context);

/* Ends the connection, and membership with it. May be called within a callback. */
cs_error_t cpg_finalize(
	cpg_handle_t handle);

/* A descriptor to poll: readable when cpg_dispatch() has something to do. It stays the library's. */
cs_error_t cpg_fd_get(
	cpg_handle_t handle,
	int *fd);

/* Bytes of the longest message that is sent in one piece. */
cs_error_t cpg_max_atomic_msgsize_get(
	cpg_handle_t handle,
	uint32_t *size);

/* A pointer of the caller's own, kept with the handle. */
cs_error_t cpg_context_get(
	cpg_handle_t handle,
	void **context);

cs_error_t cpg_context_set(
	cpg_handle_t handle,
	void *context);

/* Calls the callbacks for what has come. */
cs_error_t cpg_dispatch(
	cpg_handle_t handle,
	cs_dispatch_flags_t dispatch_types);

/* Becomes a member. The configuration change that names the caller tells when. */
cs_error_t cpg_join(
	cpg_handle_t handle,
	const struct cpg_name *group);

cs_error_t cpg_leave(
	cpg_handle_t handle,
	const struct cpg_name *group);

/* Sends one message, gathered from `iov_len` pieces, to the group that the handle joined. */
cs_error_t cpg_mcast_joined(
	cpg_handle_t handle,
	cpg_guarantee_t guarantee,
	const struct iovec *iovec,
	unsigned int iov_len);

/* The members of a group: `member_list` has room for CPG_MEMBERS_MAX. */
cs_error_t cpg_membership_get(
	cpg_handle_t handle,
	struct cpg_name *groupName,
	struct cpg_address *member_list,
	int *member_list_entries);

/* This host's node id. */
cs_error_t cpg_local_get(
	cpg_handle_t handle,
	unsigned int *local_nodeid);

cs_error_t cpg_flow_control_state_get(
	cpg_handle_t handle,
	cpg_flow_control_state_t *flow_control_enabled);

/* A buffer shared with the daemon, to be sent with cpg_zcb_mcast_joined() without copying. */
cs_error_t cpg_zcb_alloc(
	cpg_handle_t handle,
	size_t size,
	void **buffer);

cs_error_t cpg_zcb_free(
	cpg_handle_t handle,
	void *buffer);

/* Sends what stands in a buffer of cpg_zcb_alloc(). */
cs_error_t cpg_zcb_mcast_joined(
	cpg_handle_t handle,
	cpg_guarantee_t guarantee,
	void *msg,
	size_t msg_len);

/* Starts a walk; `group` is read for CPG_ITERATION_ONE_GROUP only. */
cs_error_t cpg_iteration_initialize(
	cpg_handle_t handle,
	cpg_iteration_type_t iteration_type,
	const struct cpg_name *group,
	cpg_iteration_handle_t *cpg_iteration_handle);

/* The next step; CS_ERR_NO_SECTIONS after the last. */
cs_error_t cpg_iteration_next(
	cpg_iteration_handle_t handle,
	struct cpg_iteration_description_t *description);

cs_error_t cpg_iteration_finalize(
	cpg_iteration_handle_t handle);

#ifdef __cplusplus
}
#endif

#endif
