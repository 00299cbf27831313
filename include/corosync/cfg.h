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

/* Connects to the daemon. The callbacks are copied; null is allowed. */
cs_error_t corosync_cfg_initialize(
	corosync_cfg_handle_t *cfg_handle,
	const corosync_cfg_callbacks_t *cfg_callbacks);

/* A descriptor to poll: readable when corosync_cfg_dispatch() has something to do. */
cs_error_t corosync_cfg_fd_get(
	corosync_cfg_handle_t cfg_handle,
	int32_t *selection_fd);

cs_error_t corosync_cfg_dispatch(
	corosync_cfg_handle_t cfg_handle,
	cs_dispatch_flags_t dispatch_flags);

cs_error_t corosync_cfg_finalize(
	corosync_cfg_handle_t cfg_handle);

/* Names and states of this host's links: two arrays of `interface_count` strings. The caller frees strings and arrays. */
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

/* Fills `node_status`, a struct of the asked version. */
cs_error_t corosync_cfg_node_status_get(
	corosync_cfg_handle_t cfg_handle,
	unsigned int nodeid,
	corosync_cfg_node_status_version_t version,
	void *node_status);

/* Ends corosync on a host; `reason` is for its log. */
cs_error_t corosync_cfg_kill_node(
	corosync_cfg_handle_t cfg_handle,
	unsigned int nodeid,
	const char *reason);

/* Wants to be asked before a shutdown. */
cs_error_t corosync_cfg_trackstart(
	corosync_cfg_handle_t cfg_handle,
	uint8_t track_flags);

cs_error_t corosync_cfg_trackstop(
	corosync_cfg_handle_t cfg_handle);

/* Shuts this host's daemon down; CS_ERR_BUSY when a client refused. */
cs_error_t corosync_cfg_try_shutdown(
	corosync_cfg_handle_t cfg_handle,
	corosync_cfg_shutdown_flags_t flags);

cs_error_t corosync_cfg_replyto_shutdown(
	corosync_cfg_handle_t cfg_handle,
	corosync_cfg_shutdown_reply_flags_t flags);

/* A host's addresses, one a link: at most `max_addrs`; `num_addrs` tells how many there are. */
cs_error_t corosync_cfg_get_node_addrs(
	corosync_cfg_handle_t cfg_handle,
	unsigned int nodeid,
	size_t max_addrs,
	int *num_addrs,
	corosync_cfg_node_address_t *addrs);

/* This host's node id. */
cs_error_t corosync_cfg_local_get(
	corosync_cfg_handle_t handle,
	unsigned int *local_nodeid);

/* Makes every host of the ring read its corosync.conf again. */
cs_error_t corosync_cfg_reload_config(
	corosync_cfg_handle_t handle);

/* Makes this host's daemon open its log files again. */
cs_error_t corosync_cfg_reopen_log_files(
	corosync_cfg_handle_t handle);

#ifdef __cplusplus
}
#endif

#endif
