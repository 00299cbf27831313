/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvotequorum: quorum by votes. Who has how many, what is expected, and the quorum device that may add its own.
 */
#ifndef COROSYNC_VOTEQUORUM_H_DEFINED
#define COROSYNC_VOTEQUORUM_H_DEFINED

#include <corosync/corotypes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t votequorum_handle_t;

/* struct votequorum_info's flags: options in force, state, and the quorum device's. */
#define VOTEQUORUM_INFO_TWONODE 1
#define VOTEQUORUM_INFO_QUORATE 2
#define VOTEQUORUM_INFO_WAIT_FOR_ALL 4
#define VOTEQUORUM_INFO_LAST_MAN_STANDING 8
#define VOTEQUORUM_INFO_AUTO_TIE_BREAKER 16
#define VOTEQUORUM_INFO_ALLOW_DOWNSCALE 32
#define VOTEQUORUM_INFO_QDEVICE_REGISTERED 64
#define VOTEQUORUM_INFO_QDEVICE_ALIVE 128
#define VOTEQUORUM_INFO_QDEVICE_CAST_VOTE 256
#define VOTEQUORUM_INFO_QDEVICE_MASTER_WINS 512

/* The quorum device's place among node ids, its name's longest form, and milliseconds between its polls at most. */
#define VOTEQUORUM_QDEVICE_NODEID 0
#define VOTEQUORUM_QDEVICE_MAX_NAME_LEN 255
#define VOTEQUORUM_QDEVICE_DEFAULT_TIMEOUT 10000
#define VOTEQUORUM_QDEVICE_DEFAULT_SYNC_TIMEOUT 30000

/* node_state */
#define VOTEQUORUM_NODESTATE_MEMBER 1
#define VOTEQUORUM_NODESTATE_DEAD 2
#define VOTEQUORUM_NODESTATE_LEAVING 3

/* One host, and the cluster as it sees it. */
struct votequorum_info {
	unsigned int node_id;
	unsigned int node_state;
	unsigned int node_votes;
	unsigned int node_expected_votes;
	unsigned int highest_expected;
	unsigned int total_votes;
	unsigned int quorum; /* votes that are needed */
	unsigned int flags;
	unsigned int qdevice_votes;
	char qdevice_name[VOTEQUORUM_QDEVICE_MAX_NAME_LEN];
};

typedef struct {
	uint32_t nodeid;
	uint32_t state;
} votequorum_node_t;

/* A ring's identity: the host that formed it, and a number that only grows. */
typedef struct {
	uint32_t nodeid;
	uint64_t seq;
} votequorum_ring_id_t;

/* Quorum changed. `context` is what votequorum_trackstart() was given; lists last until the callee returns. */
typedef void (*votequorum_quorum_notification_fn_t)(
	votequorum_handle_t handle,
	uint64_t context,
	uint32_t quorate,
	uint32_t node_list_entries,
	votequorum_node_t node_list[]);

/* Members changed. */
typedef void (*votequorum_nodelist_notification_fn_t)(
	votequorum_handle_t handle,
	uint64_t context,
	votequorum_ring_id_t ring_id,
	uint32_t node_list_entries,
	uint32_t node_list[]);

/* The number of expected votes changed. */
typedef void (*votequorum_expectedvotes_notification_fn_t)(
	votequorum_handle_t handle,
	uint64_t context,
	uint32_t expected_votes);

typedef struct {
	votequorum_quorum_notification_fn_t votequorum_quorum_notify_fn;
	votequorum_expectedvotes_notification_fn_t votequorum_expectedvotes_notify_fn;
	votequorum_nodelist_notification_fn_t votequorum_nodelist_notify_fn;
} votequorum_callbacks_t;

/*
 * Connects to the daemon. `callbacks` are copied; null stands for none. The list of members is told when a ring
 * has formed and before the votes were counted; its ring id is what votequorum_qdevice_poll() takes. Quorum is
 * told afterwards, with all hosts that are known, up or down.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `handle` is null.
 */
cs_error_t votequorum_initialize(
	votequorum_handle_t *handle,
	votequorum_callbacks_t *callbacks);

/*
 * Ends the connection. It may be called within a callback.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
cs_error_t votequorum_finalize(
	votequorum_handle_t handle);

/*
 * Calls the callbacks for what has come. `dispatch_types` says how much: one event, all that wait, or, blocking,
 * everything until the handle is finalized. Callbacks run in the calling thread and may call the library,
 * votequorum_finalize() too. Nothing comes before votequorum_trackstart().
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_TRY_AGAIN: nothing waits, with CS_DISPATCH_ONE_NONBLOCKING.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_dispatch(
	votequorum_handle_t handle,
	cs_dispatch_flags_t dispatch_types);

/*
 * Gives a descriptor to poll. It is readable when votequorum_dispatch() has something to do. It stays the
 * library's: do not read it or close it.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `fd` is null.
 */
cs_error_t votequorum_fd_get(
	votequorum_handle_t handle,
	int *fd);

/*
 * Tells the votes of a host and of the cluster. `nodeid` 0 is this host; the fields that begin with node_ are the
 * asked host's.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `info` is null.
 * CS_ERR_NOT_EXIST: there is no such host.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_getinfo(
	votequorum_handle_t handle,
	unsigned int nodeid,
	struct votequorum_info *info);

/*
 * Changes the expected votes of the whole cluster. Quorum is counted anew: more than half of them. It does not
 * take quorum away from a part of the cluster that has it.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: quorum would be lost, or more votes are present than would be expected.
 * CS_ERR_NO_RESOURCES: the ring has no room for the message now.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_setexpected(
	votequorum_handle_t handle,
	unsigned int expected_votes);

/*
 * Changes the votes of a host. `nodeid` 0 is the quorum device. It does not take quorum away from a part of the
 * cluster that has it.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: quorum would be lost.
 * CS_ERR_NAME_NOT_FOUND: there is no such host.
 * CS_ERR_NO_RESOURCES: the ring has no room for the message now.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_setvotes(
	votequorum_handle_t handle,
	unsigned int nodeid,
	unsigned int votes);

/*
 * Subscribes to changes of votes and members. `flags` is CS_TRACK_CURRENT for the state as it is, CS_TRACK_CHANGES
 * for every change, which tells the state as it is, too, or CS_TRACK_CHANGES_ONLY for changes alone. `context` is
 * handed to the callbacks, which votequorum_dispatch() calls.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_EXIST: changes are told already.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_trackstart(
	votequorum_handle_t handle,
	uint64_t context,
	unsigned int flags);

/*
 * Ends what votequorum_trackstart() began.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_NOT_EXIST: nothing was started.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_trackstop(
	votequorum_handle_t handle);

/*
 * Gives the pointer that is kept with the handle. It was set by votequorum_context_set() or when the connection
 * was made, and is null else.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `context` is null.
 */
cs_error_t votequorum_context_get(
	votequorum_handle_t handle,
	void **context);

/*
 * Keeps a pointer of the caller's own with the handle. The library never looks at what it points to;
 * votequorum_context_get() gives it back.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
cs_error_t votequorum_context_set(
	votequorum_handle_t handle,
	void *context);

/*
 * Makes the caller this host's quorum device. It is for the device's daemon. The votes that it has are
 * quorum.device.votes; they count once votequorum_qdevice_poll() casts them. `name` is shown by tools.
 *
 * CS_ERR_INVALID_PARAM: `name` is null, empty or longer than 254 bytes.
 * CS_ERR_EXIST: a device of another name is registered.
 * CS_ERR_ACCESS: the configuration does not permit a device; the log says why.
 * CS_ERR_TRY_AGAIN: another registration is under way, or the ring has no room now.
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_qdevice_register(
	votequorum_handle_t handle,
	const char *name);

/*
 * Takes the quorum device away, and its votes with it. Quorum may be lost by that.
 *
 * CS_ERR_INVALID_PARAM: `name` is null, empty, longer than 254 bytes, or not the registered device's.
 * CS_ERR_NOT_EXIST: no device is registered.
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_qdevice_unregister(
	votequorum_handle_t handle,
	const char *name);

/*
 * Gives the quorum device another name. Votes stay as they are.
 *
 * CS_ERR_INVALID_PARAM: `oldname` is null, empty, longer than 254 bytes, or not the registered device's.
 * CS_ERR_NOT_EXIST: no device is registered.
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_qdevice_update(
	votequorum_handle_t handle,
	const char *oldname,
	const char *newname);

/*
 * Says that the quorum device lives, and whether it casts its votes. `cast_vote` is 1 if it does. A poll for
 * another ring than the present one is not counted: `ring_id` comes with the list of members. Without a poll for
 * quorum.device.timeout milliseconds, quorum.device.sync_timeout while a ring forms, the device counts as dead
 * until the next one.
 *
 * CS_ERR_INVALID_PARAM: `name` is null, empty, longer than 254 bytes, or not the registered device's.
 * CS_ERR_NOT_EXIST: no device is registered.
 * CS_ERR_MESSAGE_ERROR: `ring_id` is not the present ring's.
 * CS_ERR_ACCESS: the configuration does not permit a device.
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_qdevice_poll(
	votequorum_handle_t handle,
	const char *name,
	unsigned int cast_vote,
	votequorum_ring_id_t ring_id);

/*
 * Lets the quorum device decide alone. With `allow` 1, the part of the cluster where the living device casts its
 * vote has quorum, however few votes there are. It is for devices that let one part win only.
 *
 * CS_ERR_INVALID_PARAM: `name` is null, empty, longer than 254 bytes, or not the registered device's.
 * CS_ERR_NOT_EXIST: no device is registered.
 * CS_ERR_ACCESS: the configuration does not permit a device.
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t votequorum_qdevice_master_wins(
	votequorum_handle_t handle,
	const char *name,
	unsigned int allow);

#ifdef __cplusplus
}
#endif

#endif
