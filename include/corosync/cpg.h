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

/*
 * Connects to the daemon. This is cpg_model_initialize() with model CPG_MODEL_V1, two callbacks and no context.
 * `callbacks` are copied; null stands for none. A process may have several connections, each for one group.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `handle` is null.
 */
cs_error_t cpg_initialize(
	cpg_handle_t *handle,
	cpg_callbacks_t *callbacks);

/*
 * Connects to the daemon, with callbacks of a model. CPG_MODEL_V1 is the only one; `model_data` then is a
 * cpg_model_v1_data_t, and is copied. Null stands for no callbacks. With CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF
 * in its flags, the ring as it is is told once, after the first configuration change of the group. `context` is
 * what cpg_context_get() gives.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `handle` is null, or the model or a flag is unknown.
 */
cs_error_t cpg_model_initialize(
	cpg_handle_t *handle,
	cpg_model_t model,
	cpg_model_data_t *model_data,
	void *context);

/*
 * Ends the connection, and membership with it. Its iterations end and its buffers are given back. It may be called
 * within a callback; the dispatch that goes on then ends after it.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
cs_error_t cpg_finalize(
	cpg_handle_t handle);

/*
 * Gives a descriptor to poll. It is readable when cpg_dispatch() has something to do. It stays the library's: do
 * not read it or close it.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `fd` is null.
 */
cs_error_t cpg_fd_get(
	cpg_handle_t handle,
	int *fd);

/*
 * Gives the size of the longest message that is sent in one piece. `size` is in bytes. Longer ones, up to what the
 * daemon's memory allows, are sent in parts and put together again before they are delivered.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `size` is null.
 */
cs_error_t cpg_max_atomic_msgsize_get(
	cpg_handle_t handle,
	uint32_t *size);

/*
 * Gives the pointer that is kept with the handle. It was set by cpg_context_set() or when the connection was made,
 * and is null else.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `context` is null.
 */
cs_error_t cpg_context_get(
	cpg_handle_t handle,
	void **context);

/*
 * Keeps a pointer of the caller's own with the handle. The library never looks at what it points to;
 * cpg_context_get() gives it back.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
cs_error_t cpg_context_set(
	cpg_handle_t handle,
	void *context);

/*
 * Calls the callbacks for what has come. `dispatch_types` says how much: one event, all that wait, or, blocking,
 * everything until the handle is finalized. Callbacks run in the calling thread and may call the library,
 * cpg_finalize() too.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_TRY_AGAIN: nothing waits, with CS_DISPATCH_ONE_NONBLOCKING.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_dispatch(
	cpg_handle_t handle,
	cs_dispatch_flags_t dispatch_types);

/*
 * Joins a group. The call returns before it is done: the configuration change whose list of joined members names
 * the caller tells when. From then on every message to the group and every change of its members is delivered by
 * cpg_dispatch(). A connection joins one group, once in its life; several processes of a host may join the same
 * group.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `group` is null.
 * CS_ERR_NAME_TOO_LONG: the name's length is over CPG_MAX_NAME_LENGTH.
 * CS_ERR_EXIST: this connection or process is or was a member already.
 * CS_ERR_BUSY: it is just leaving.
 * CS_ERR_NO_RESOURCES: this host has too many members.
 * CS_ERR_TRY_AGAIN: a ring is forming, or the daemon has no room now; call again later.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_join(
	cpg_handle_t handle,
	const struct cpg_name *group);

/*
 * Leaves the group. The configuration change whose list of left members names the caller tells when it is done.
 * What the connection joined is left, whatever the name in `group`.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `group` is null.
 * CS_ERR_NOT_EXIST: this connection is not a member.
 * CS_ERR_BUSY: it is just joining.
 * CS_ERR_TRY_AGAIN: the daemon has no room now; call again later.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_leave(
	cpg_handle_t handle,
	const struct cpg_name *group);

/*
 * Sends a message to the group that this connection joined. The message is what stands in the `iov_len` pieces of
 * `iovec` one after the other, at most 63 pieces. All members get it, the sender too, in the same order as all
 * other messages and changes of the group. Every `guarantee` is delivered as CPG_TYPE_AGREED. A message that fits
 * in one piece, see cpg_max_atomic_msgsize_get(), is on its way when the call returns, but the daemon has not
 * answered: whoever is not a member gets CS_OK all the same, and the message is dropped.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_TRY_AGAIN: the daemon has no room now, or a ring is forming; send it again later.
 * CS_ERR_INVALID_PARAM: `iovec` is null, or there are too many pieces.
 * CS_ERR_INTERRUPT: the group changed between the parts of a long message; it was not delivered.
 * CS_ERR_NOT_EXIST: a long message, and this connection is not a member.
 * CS_ERR_TOO_BIG: the message has 4 GiB or more.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_mcast_joined(
	cpg_handle_t handle,
	cpg_guarantee_t guarantee,
	const struct iovec *iovec,
	unsigned int iov_len);

/*
 * Gives the members of a group. `member_list` must have room for CPG_MEMBERS_MAX; `member_list_entries` says how
 * many there are. Any group may be asked for. The callbacks tell members in order with messages: prefer them.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: a pointer is null.
 * CS_ERR_NAME_TOO_LONG: the name's length is over CPG_MAX_NAME_LENGTH.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_membership_get(
	cpg_handle_t handle,
	struct cpg_name *groupName,
	struct cpg_address *member_list,
	int *member_list_entries);

/*
 * Gives this host's node id.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `local_nodeid` is null.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_local_get(
	cpg_handle_t handle,
	unsigned int *local_nodeid);

/*
 * Says whether flow control is on. It always says CPG_FLOW_CONTROL_DISABLED, as corosync's library does:
 * CS_ERR_TRY_AGAIN of cpg_mcast_joined() is what tells that the daemon is loaded.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `flow_control_enabled` is null.
 */
cs_error_t cpg_flow_control_state_get(
	cpg_handle_t handle,
	cpg_flow_control_state_t *flow_control_enabled);

/*
 * Makes a buffer that the daemon reads messages from. It has room for `size` bytes, and is sent with
 * cpg_zcb_mcast_joined() without passing through the connection's ring. It must not be changed while it is being
 * sent.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `buffer` is null.
 * CS_ERR_NO_MEMORY: there is no memory, or no room in /dev/shm.
 * CS_ERR_TRY_AGAIN: the daemon could not take it.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_zcb_alloc(
	cpg_handle_t handle,
	size_t size,
	void **buffer);

/*
 * Gives a buffer of cpg_zcb_alloc() back.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `buffer` is none of this connection's.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_zcb_free(
	cpg_handle_t handle,
	void *buffer);

/*
 * Sends the message in a buffer of cpg_zcb_alloc(). The first `msg_len` bytes at `msg` go to the group, as with
 * cpg_mcast_joined(). The buffer may be filled again when the call returns.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `msg` is no such buffer, or it is smaller than `msg_len`.
 * CS_ERR_TOO_BIG: the message is longer than the daemon takes in one piece.
 * CS_ERR_NOT_EXIST: this connection is not a member of a group.
 * CS_ERR_TRY_AGAIN: the daemon has no room now; call again later.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_zcb_mcast_joined(
	cpg_handle_t handle,
	cpg_guarantee_t guarantee,
	void *msg,
	size_t msg_len);

/*
 * Starts a walk through groups and members. It shows them as they are at this moment. `group` must be given for
 * CPG_ITERATION_ONE_GROUP, and be null else. End it with cpg_iteration_finalize(); it ends with the connection,
 * too.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `cpg_iteration_handle` is null, or `group` does not fit the kind of walk.
 * CS_ERR_NAME_TOO_LONG: the name's length is over CPG_MAX_NAME_LENGTH.
 * CS_ERR_NO_MEMORY: this connection has too many walks open.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_iteration_initialize(
	cpg_handle_t handle,
	cpg_iteration_type_t iteration_type,
	const struct cpg_name *group,
	cpg_iteration_handle_t *cpg_iteration_handle);

/*
 * Takes the next step of a walk. With CPG_ITERATION_NAME_ONLY only `group` is told, node id and pid are 0. After
 * the end it starts again.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `description` is null.
 * CS_ERR_NO_SECTIONS: there is nothing more.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_iteration_next(
	cpg_iteration_handle_t handle,
	struct cpg_iteration_description_t *description);

/*
 * Ends a walk that cpg_iteration_initialize() started.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t cpg_iteration_finalize(
	cpg_iteration_handle_t handle);

#ifdef __cplusplus
}
#endif

#endif
