/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * liblrmd: a client of the executor, pacemaker's daemon that runs agents of resources.
 *
 * lrmd_api_new() makes a client of this host's executor, lrmd_remote_api_new() one of another host's. Everything else is a
 * function in its `cmds`. Unless said otherwise these give 0 (`pcmk_ok`) or a negative number: minus an errno of Linux, or a
 * code of pacemaker's. What becomes of actions is told by events: to the function of set_callback(), from within GLib's
 * main loop or lrmd_dispatch(). A process uses the library from one thread at a time.
 */
#ifndef PACEMAKER_CRM_LRMD_H_DEFINED
#define PACEMAKER_CRM_LRMD_H_DEFINED

#include <glib.h>
#include <stdbool.h>

#include <crm/services.h>
#include <crm_config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A client. */
typedef struct lrmd_s lrmd_t;

/* A list of names and values. Calls that take one free it. */
typedef struct lrmd_key_value_s {
	char *key;
	char *value;
	struct lrmd_key_value_s *next;
} lrmd_key_value_t;

/* The protocol that a client speaks, and the oldest one that an executor accepts. */
#define LRMD_PROTOCOL_VERSION "1.1"
#define LRMD_MIN_PROTOCOL_VERSION "1.0"

/* Remote executors: where the key of TLS is looked for, and as whom one comes. */
#define DEFAULT_REMOTE_KEY_LOCATION PACEMAKER_CONFIG_DIR "/authkey"
#define ALT_REMOTE_KEY_LOCATION "/etc/corosync/authkey"
#define DEFAULT_REMOTE_PORT 3121
#define DEFAULT_REMOTE_USERNAME "lrmd"

/* Attributes of messages. */
#define F_LRMD_OPERATION        "lrmd_op"
#define F_LRMD_CLIENTNAME       "lrmd_clientname"
#define F_LRMD_IS_IPC_PROVIDER  "lrmd_is_ipc_provider"
#define F_LRMD_CLIENTID         "lrmd_clientid"
#define F_LRMD_PROTOCOL_VERSION "lrmd_protocol_version"
#define F_LRMD_REMOTE_MSG_TYPE  "lrmd_remote_msg_type"
#define F_LRMD_REMOTE_MSG_ID    "lrmd_remote_msg_id"
#define F_LRMD_CALLBACK_TOKEN   "lrmd_async_id"
#define F_LRMD_CALLID           "lrmd_callid"
#define F_LRMD_CALLOPTS         "lrmd_callopt"
#define F_LRMD_CALLDATA         "lrmd_calldata"
#define F_LRMD_RC               "lrmd_rc"
#define F_LRMD_EXEC_RC          "lrmd_exec_rc"
#define F_LRMD_OP_STATUS        "lrmd_exec_op_status"
#define F_LRMD_TIMEOUT          "lrmd_timeout"
#define F_LRMD_WATCHDOG         "lrmd_watchdog"
#define F_LRMD_CLASS            "lrmd_class"
#define F_LRMD_PROVIDER         "lrmd_provider"
#define F_LRMD_TYPE             "lrmd_type"
#define F_LRMD_ORIGIN           "lrmd_origin"

/* The same, of resources and their actions. */
#define F_LRMD_RSC_RUN_TIME      "lrmd_run_time"
#define F_LRMD_RSC_RCCHANGE_TIME "lrmd_rcchange_time"
#define F_LRMD_RSC_EXEC_TIME     "lrmd_exec_time"
#define F_LRMD_RSC_QUEUE_TIME    "lrmd_queue_time"
#define F_LRMD_RSC_ID            "lrmd_rsc_id"
#define F_LRMD_RSC_ACTION        "lrmd_rsc_action"
#define F_LRMD_RSC_USERDATA_STR  "lrmd_rsc_userdata_str"
#define F_LRMD_RSC_OUTPUT        "lrmd_rsc_output"
#define F_LRMD_RSC_EXIT_REASON   "lrmd_rsc_exit_reason"
#define F_LRMD_RSC_START_DELAY   "lrmd_rsc_start_delay"
#define F_LRMD_RSC_INTERVAL      "lrmd_rsc_interval"
#define F_LRMD_RSC_DELETED       "lrmd_rsc_deleted"
#define F_LRMD_RSC               "lrmd_rsc"

/* The same, of alerts. */
#define F_LRMD_ALERT_ID   "lrmd_alert_id"
#define F_LRMD_ALERT_PATH "lrmd_alert_path"
#define F_LRMD_ALERT      "lrmd_alert"

/* What an executor can be asked to do. */
#define LRMD_OP_RSC_REG       "lrmd_rsc_register"
#define LRMD_OP_RSC_EXEC      "lrmd_rsc_exec"
#define LRMD_OP_RSC_CANCEL    "lrmd_rsc_cancel"
#define LRMD_OP_RSC_UNREG     "lrmd_rsc_unregister"
#define LRMD_OP_RSC_INFO      "lrmd_rsc_info"
#define LRMD_OP_RSC_METADATA  "lrmd_rsc_metadata"
#define LRMD_OP_POKE          "lrmd_rsc_poke"
#define LRMD_OP_NEW_CLIENT    "lrmd_rsc_new_client"
#define LRMD_OP_CHECK         "lrmd_check"
#define LRMD_OP_ALERT_EXEC    "lrmd_alert_exec"
#define LRMD_OP_GET_RECURRING "lrmd_get_recurring"

/* What happens to connections that a remote executor relays, and the attributes of such messages. */
#define LRMD_IPC_OP_NEW           "new"
#define LRMD_IPC_OP_DESTROY       "destroy"
#define LRMD_IPC_OP_EVENT         "event"
#define LRMD_IPC_OP_REQUEST       "request"
#define LRMD_IPC_OP_RESPONSE      "response"
#define LRMD_IPC_OP_SHUTDOWN_REQ  "shutdown_req"
#define LRMD_IPC_OP_SHUTDOWN_ACK  "shutdown_ack"
#define LRMD_IPC_OP_SHUTDOWN_NACK "shutdown_nack"

#define F_LRMD_IPC_OP         "lrmd_ipc_op"
#define F_LRMD_IPC_IPC_SERVER "lrmd_ipc_server"
#define F_LRMD_IPC_SESSION    "lrmd_ipc_session"
#define F_LRMD_IPC_CLIENT     "lrmd_ipc_client"
#define F_LRMD_IPC_USER       "lrmd_ipc_user"
#define F_LRMD_IPC_MSG        "lrmd_ipc_msg"
#define F_LRMD_IPC_MSG_ID     "lrmd_ipc_msg_id"
#define F_LRMD_IPC_MSG_FLAGS  "lrmd_ipc_msg_flags"

/* Elements of messages. */
#define T_LRMD           "lrmd"
#define T_LRMD_REPLY     "lrmd_reply"
#define T_LRMD_NOTIFY    "lrmd_notify"
#define T_LRMD_IPC_PROXY "lrmd_ipc_proxy"
#define T_LRMD_RSC_OP    "lrmd_rsc_op"

/* Makes a client of this host's executor, not connected. Free it with lrmd_api_delete(). Null: no memory. */
lrmd_t *lrmd_api_new(void);

/* Makes a client of the executor on another host, over TLS: the node's name, where it listens, and on which port (0: the
 * usual one). */
lrmd_t *lrmd_remote_api_new(const char *nodename, const char *server, int port);

/* Takes what came, for callers without a main loop; whether the connection is still there. */
bool lrmd_dispatch(lrmd_t *lrmd);

/* Waits until something comes, for so many milliseconds (0: not at all; below 0: for ever), for callers without a main
 * loop. 1: something came; 0: nothing did; below 0: an error. */
int lrmd_poll(lrmd_t *lrmd, int timeout);

/* Disconnects a client and frees it. Null is left alone. */
void lrmd_api_delete(lrmd_t *lrmd);

/* Adds copies of a name and a value to a list, which may be null; gives the list. */
lrmd_key_value_t *lrmd_key_value_add(lrmd_key_value_t *kvp, const char *key, const char *value);

/* How a request is meant. */
enum lrmd_call_options {
	lrmd_opt_none = 0,
	/* Only who asked is told of the result. */
	lrmd_opt_notify_orig_only = (1 << 1),
	/* Registering: recurring actions end when the client goes that asked for them. */
	lrmd_opt_drop_recurring = 0x00000003,
	/* Of recurring actions only results are told that differ from the one before. */
	lrmd_opt_notify_changes_only = (1 << 2),
};

/* What happened. */
enum lrmd_callback_event {
	lrmd_event_register,
	lrmd_event_unregister,
	lrmd_event_exec_complete,
	lrmd_event_disconnect,
	lrmd_event_connect,
	lrmd_event_poke,
	lrmd_event_new_client,
};

/* What is told of it. The texts go with the event; those of a copy are freed with it. */
typedef struct lrmd_event_data_s {
	enum lrmd_callback_event type;
	const char *rsc_id;
	const char *op_type;
	/* What exec() was given. */
	const char *user_data;
	/* What exec() gave. */
	int call_id;
	/* Milliseconds; so are the next two. */
	int timeout;
	guint interval_ms;
	int start_delay;
	/* The resource was unregistered meanwhile. */
	int rsc_deleted;
	/* What the agent said, in OCF's terms. */
	enum ocf_exitcode rc;
	/* Whether it came to that: an `enum pcmk_exec_status`. */
	int op_status;
	/* What the agent wrote: its standard error, or else its output. */
	const char *output;
	/* When it began, and when its result changed: seconds since 1970. */
	unsigned int t_run;
	unsigned int t_rcchange;
	/* How long it ran, and waited before: milliseconds. */
	unsigned int exec_time;
	unsigned int queue_time;
	/* Of a connection: 0, or why there is none. */
	int connection_rc;
	/* The action's parameters: a GHashTable of texts. */
	void *params;
	/* Whose executor it is, where that is another host's. */
	const char *remote_nodename;
	/* The agent's words for its end. */
	const char *exit_reason;
} lrmd_event_data_t;

/* Makes an event of an action that was carried out. Null texts stay null. */
lrmd_event_data_t *lrmd_new_event(const char *rsc_id, const char *task, guint interval_ms);

/* Copies an event, with its texts. */
lrmd_event_data_t *lrmd_copy_event(lrmd_event_data_t *event);

/* Frees an event that one of the two above made. Null is left alone. */
void lrmd_free_event(lrmd_event_data_t *event);

/* What a resource is. */
typedef struct lrmd_rsc_info_s {
	char *id;
	char *type;
	char *standard;
	char *provider;
} lrmd_rsc_info_t;

/* A recurring action; the times are texts, in milliseconds. */
typedef struct lrmd_op_info_s {
	char *rsc_id;
	char *action;
	char *interval_ms_s;
	char *timeout_ms_s;
} lrmd_op_info_t;

/* Makes, copies and frees what says what a resource is. */
lrmd_rsc_info_t *lrmd_new_rsc_info(const char *rsc_id, const char *standard, const char *provider, const char *type);
lrmd_rsc_info_t *lrmd_copy_rsc_info(lrmd_rsc_info_t *rsc_info);
void lrmd_free_rsc_info(lrmd_rsc_info_t *rsc_info);

/* Frees one item of get_recurring_ops()'s list. */
void lrmd_free_op_info(lrmd_op_info_t *op_info);

/* Told of events, which go when it returns. */
typedef void (*lrmd_event_callback)(lrmd_event_data_t *event);

/* A list of texts. */
typedef struct lrmd_list_s {
	const char *val;
	struct lrmd_list_s *next;
} lrmd_list_t;

/* Free lists with all that is in them. Null is left alone. */
void lrmd_list_freeall(lrmd_list_t *head);
void lrmd_key_value_freeall(lrmd_key_value_t *head);

/* What a client can do. */
typedef struct lrmd_api_operations_s {
	/* Connects under a name and waits for it. With a place for a descriptor the caller waits for events there and calls
	 * lrmd_dispatch(); else GLib's main loop takes them. */
	int (*connect)(lrmd_t *lrmd, const char *client_name, int *fd);

	/* Connects, for at most so many milliseconds; an event tells of the end. */
	int (*connect_async)(lrmd_t *lrmd, const char *client_name, int timeout);

	/* 1: it is connected; 0: it isn't. */
	int (*is_connected)(lrmd_t *lrmd);

	/* Asks an executor whether it is there; an event answers. */
	int (*poke_connection)(lrmd_t *lrmd);

	/* Disconnects; an event tells of it. */
	int (*disconnect)(lrmd_t *lrmd);

	/* Has an executor know a resource, in the place of what it knew under that name. */
	int (*register_rsc)(lrmd_t *lrmd, const char *rsc_id, const char *standard, const char *provider,
			    const char *agent, enum lrmd_call_options options);

	/* What an executor knows of a resource: free it with lrmd_free_rsc_info(). Null: nothing. */
	lrmd_rsc_info_t *(*get_rsc_info)(lrmd_t *lrmd, const char *rsc_id, enum lrmd_call_options options);

	/* A resource's recurring actions, or those of all with null: a list of `lrmd_op_info_t`. */
	int (*get_recurring_ops)(lrmd_t *lrmd, const char *rsc_id, int timeout_ms, enum lrmd_call_options options,
				 GList **output);

	/* Has an executor forget a resource and end what recurs of it. -EINPROGRESS: once what runs has ended. */
	int (*unregister_rsc)(lrmd_t *lrmd, const char *rsc_id, enum lrmd_call_options options);

	/* Who is told of events. */
	void (*set_callback)(lrmd_t *lrmd, lrmd_event_callback callback);

	/* Has an action carried out: once, or with an interval again and again; all times in milliseconds. The list is freed.
	 * Gives the call's number, which events have. */
	int (*exec)(lrmd_t *lrmd, const char *rsc_id, const char *action, const char *userdata, guint interval_ms,
		    int timeout, int start_delay, enum lrmd_call_options options, lrmd_key_value_t *params);

	/* Cancels an action that waits or recurs. */
	int (*cancel)(lrmd_t *lrmd, const char *rsc_id, const char *action, guint interval_ms);

	/* An agent's meta-data, of this host; free(3) it. */
	int (*get_metadata)(lrmd_t *lrmd, const char *standard, const char *provider, const char *agent, char **output,
			    enum lrmd_call_options options);

	/* Agents of this host, of all standards and providers or of one. Gives their number. */
	int (*list_agents)(lrmd_t *lrmd, lrmd_list_t **agents, const char *standard, const char *provider);

	/* Who provides OCF agents on this host, or one of that name. Gives their number. */
	int (*list_ocf_providers)(lrmd_t *lrmd, const char *agent, lrmd_list_t **providers);

	/* Which standards agents of this host can have. Gives their number. */
	int (*list_standards)(lrmd_t *lrmd, lrmd_list_t **standards);

	/* Has an alert agent run, with the list as its environment, for so many milliseconds. The list is freed. */
	int (*exec_alert)(lrmd_t *lrmd, const char *alert_id, const char *alert_path, int timeout,
			  lrmd_key_value_t *params);

	/* As get_metadata(), with parameters in the agent's environment. The list is freed. */
	int (*get_metadata_params)(lrmd_t *lrmd, const char *standard, const char *provider, const char *agent,
				   char **output, enum lrmd_call_options options, lrmd_key_value_t *params);
} lrmd_api_operations_t;

struct lrmd_s {
	lrmd_api_operations_t *cmds;
	void *lrmd_private;
};

/* An event's name, for people. */
static inline const char *lrmd_event_type2str(enum lrmd_callback_event type)
{
	static const char *const names[] = { "register", "unregister", "exec_complete", "disconnect",
					     "connect",  "poke",       "new_client" };

	return (unsigned int) type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

#ifdef __cplusplus
}
#endif

#endif
