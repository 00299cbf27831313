/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcfg: the daemon's own affairs. Links and their state, shutting down with everybody's consent, ending a host,
 * reading the configuration again.
 */
#ifndef COROSYNC_CFG_H_DEFINED
#define COROSYNC_CFG_H_DEFINED

#include <netinet/in.h>
#include <corosync/corotypes.h>

typedef uint64_t corosync_cfg_handle_t;

/* How a shutdown is asked for. */
typedef enum {
	COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST = 0,    /* every tracking client is asked and may refuse */
	COROSYNC_CFG_SHUTDOWN_FLAG_REGARDLESS = 1, /* they are told and waited for, but cannot refuse */
	COROSYNC_CFG_SHUTDOWN_FLAG_IMMEDIATE = 2,  /* nobody is told */
} corosync_cfg_shutdown_flags_t;

/* A client's answer. */
typedef enum {
	COROSYNC_CFG_SHUTDOWN_FLAG_NO = 0,
	COROSYNC_CFG_SHUTDOWN_FLAG_YES = 1,
} corosync_cfg_shutdown_reply_flags_t;

/* The daemon wants to shut down; answer with corosync_cfg_replyto_shutdown(). */
typedef void (*corosync_cfg_shutdown_callback_t)(
	corosync_cfg_handle_t cfg_handle,
	corosync_cfg_shutdown_flags_t flags);

typedef struct {
	corosync_cfg_shutdown_callback_t corosync_cfg_shutdown_callback;
} corosync_cfg_callbacks_t;

/* `address_length` bytes of a sockaddr. */
typedef struct {
	int address_length;
	char address[sizeof(struct sockaddr_in6)];
} corosync_cfg_node_address_t;

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Connects to the daemon. `cfg_callbacks` are copied; null stands for none.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `cfg_handle` is null.
 */
cs_error_t corosync_cfg_initialize(
	corosync_cfg_handle_t *cfg_handle,
	const corosync_cfg_callbacks_t *cfg_callbacks);

/*
 * Gives a descriptor to poll. It is readable when corosync_cfg_dispatch() has something to do. It stays the
 * library's: do not read it or close it.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `selection_fd` is null.
 */
cs_error_t corosync_cfg_fd_get(
	corosync_cfg_handle_t cfg_handle,
	int32_t *selection_fd);

/*
 * Calls the callbacks for what has come. `dispatch_flags` says how much: one event, all that wait, or, blocking,
 * everything until the handle is finalized. Callbacks run in the calling thread and may call the library,
 * corosync_cfg_finalize() too.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_TRY_AGAIN: nothing waits, with CS_DISPATCH_ONE_NONBLOCKING.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_dispatch(
	corosync_cfg_handle_t cfg_handle,
	cs_dispatch_flags_t dispatch_flags);

/*
 * Ends the connection. Whoever is still asked about a shutdown has agreed by this. It may be called within a
 * callback.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 */
cs_error_t corosync_cfg_finalize(
	corosync_cfg_handle_t cfg_handle);

/*
 * Gives names and states of this host's links. They come as two arrays of `interface_count` strings. The caller
 * frees each string and both arrays.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: a pointer is null.
 * CS_ERR_NO_MEMORY: there is no memory.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_ring_status_get(
	corosync_cfg_handle_t cfg_handle,
	char ***interface_names,
	char ***status,
	unsigned int *interface_count);

/* Versions of struct corosync_cfg_node_status_v*. */
typedef enum {
	CFG_NODE_STATUS_V1 = 1,
} corosync_cfg_node_status_version_t;

/* As knet has them. */
#define CFG_MAX_HOST_LEN 256
#define CFG_MAX_LINKS 8

/* One link to a host. */
struct corosync_knet_link_status_v1 {
	uint8_t enabled;      /* configured and in use */
	uint8_t connected;    /* the other end answers */
	uint8_t dynconnected; /* its address is learnt from what it sends */
	unsigned int mtu;     /* bytes of payload that fit into one packet */
	char src_ipaddr[CFG_MAX_HOST_LEN];
	char dst_ipaddr[CFG_MAX_HOST_LEN];
};

/* One host as this one sees it. */
struct corosync_cfg_node_status_v1 {
	corosync_cfg_node_status_version_t version;
	unsigned int nodeid;
	uint8_t reachable;
	uint8_t remote;     /* not connected directly */
	uint8_t external;   /* outside the cluster */
	uint8_t onwire_min; /* versions of knet's protocol that it speaks, and the one in use */
	uint8_t onwire_max;
	uint8_t onwire_ver;
	struct corosync_knet_link_status_v1 link_status[CFG_MAX_LINKS];
};

/*
 * Tells how a host is connected. `node_status` is filled as the struct of the asked version, CFG_NODE_STATUS_V1:
 * struct corosync_cfg_node_status_v1. The daemon knows this with transport knet.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `node_status` is null, or the version is unknown.
 * CS_ERR_FAILED_OPERATION: there is no such host.
 * CS_ERR_NOT_SUPPORTED: the daemon does not know that version.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_node_status_get(
	corosync_cfg_handle_t cfg_handle,
	unsigned int nodeid,
	corosync_cfg_node_status_version_t version,
	void *node_status);

/*
 * Ends corosync on a host. `reason` is for the log of that host.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `reason` is null.
 * CS_ERR_NAME_TOO_LONG: `reason` is too long.
 * CS_ERR_NOT_EXIST: the host is not a member.
 * CS_ERR_TRY_AGAIN: the daemon has no room now; call again later.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_kill_node(
	corosync_cfg_handle_t cfg_handle,
	unsigned int nodeid,
	const char *reason);

/*
 * Wants to be asked before a shutdown. From now on corosync_cfg_shutdown_callback is called when one is asked for.
 * `track_flags` is not used.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_trackstart(
	corosync_cfg_handle_t cfg_handle,
	uint8_t track_flags);

/*
 * Does not want to be asked any more. It is the end of corosync_cfg_trackstart().
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_trackstop(
	corosync_cfg_handle_t cfg_handle);

/*
 * Shuts this host's daemon down. With COROSYNC_CFG_SHUTDOWN_FLAG_REQUEST all clients of corosync_cfg_trackstart()
 * are asked, and have cfg.shutdown_timeout milliseconds (see cmap_keys(7)) to refuse.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_BUSY: a client refused, or did not answer.
 * CS_ERR_EXIST: a shutdown is under way.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_try_shutdown(
	corosync_cfg_handle_t cfg_handle,
	corosync_cfg_shutdown_flags_t flags);

/*
 * Answers whether a shutdown may go on. It is the answer to corosync_cfg_shutdown_callback.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_replyto_shutdown(
	corosync_cfg_handle_t cfg_handle,
	corosync_cfg_shutdown_reply_flags_t flags);

/*
 * Gives a host's addresses, one a link. `nodeid` 0 is this host. At most `max_addrs` are stored in `addrs`;
 * `num_addrs` tells how many there are.
 *
 * CS_ERR_BAD_HANDLE: `cfg_handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `num_addrs` is null, or `addrs` is null and `max_addrs` is not 0.
 * CS_ERR_NOT_EXIST: there is no such host.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_get_node_addrs(
	corosync_cfg_handle_t cfg_handle,
	unsigned int nodeid,
	size_t max_addrs,
	int *num_addrs,
	corosync_cfg_node_address_t *addrs);

/*
 * Gives this host's node id.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `local_nodeid` is null.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_local_get(
	corosync_cfg_handle_t handle,
	unsigned int *local_nodeid);

/*
 * Makes every host of the ring read its corosync.conf again. The answer is this host's.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: the file, or what it asks for, is not valid; the log says why.
 * CS_ERR_TRY_AGAIN: too many reloads wait, or the ring has no room now.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_reload_config(
	corosync_cfg_handle_t handle);

/*
 * Makes this host's daemon open its log files again. Call it after they were moved, as logrotate(8) does.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
cs_error_t corosync_cfg_reopen_log_files(
	corosync_cfg_handle_t handle);

#ifdef __cplusplus
}
#endif

#endif
