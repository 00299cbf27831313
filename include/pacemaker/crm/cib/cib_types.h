/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The types of libcib: a connection, what can be done with it, and how.
 */
#ifndef PACEMAKER_CRM_CIB_CIB_TYPES_H_DEFINED
#define PACEMAKER_CRM_CIB_CIB_TYPES_H_DEFINED

#include <glib.h>
#include <libxml/tree.h>

#include <crm/common/ipc.h>
#include <crm/common/xml.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a connection's CIB is. */
enum cib_variant {
	cib_undefined = 0,
	cib_native = 1, /* this host's manager */
	cib_file = 2, /* a file, a shadow copy among them */
	cib_remote = 3, /* another host's manager */
	cib_database = 4, /* never made */
};

enum cib_state {
	cib_connected_command = 0,
	cib_connected_query = 1, /* for reading only */
	cib_disconnected = 2,
};

/* What a connection is signed on for. */
enum cib_conn_type {
	cib_command = 0,
	cib_query = 1, /* reading only */
	cib_no_connection = 2,
	cib_command_nonblocking = 3,
};

/* How a call is carried out; any number of these. */
enum cib_call_options {
	cib_none = 0x00000000,
	cib_verbose = 0x00000001, /* words for people on standard error, not in the log */
	cib_xpath = 0x00000002, /* `section` is an XPath */
	cib_multiple = 0x00000004, /* all that an XPath finds, not the first alone */
	cib_can_create = 0x00000008, /* a modify makes what isn't there */
	cib_discard_reply = 0x00000010, /* nobody waits for the reply */
	cib_no_children = 0x00000020, /* of what is found, the element alone */
	cib_xpath_address = 0x00000040, /* of what is found, its path */
	cib_mixed_update = 0x00000080,
	cib_scope_local = 0x00000100, /* this host's replica, whoever decides */
	cib_dryrun = 0x00000200, /* the outcome, and nothing is changed */
	cib_sync_call = 0x00001000, /* the call returns when the reply is there */
	cib_no_mtime = 0x00002000, /* the time of the last change stays */
	cib_zero_copy = 0x00004000,
	cib_inhibit_notify = 0x00010000, /* nobody is told of the change */
	cib_quorum_override = 0x00100000, /* also without quorum */
	cib_inhibit_bcast = 0x01000000, /* deprecated */
	cib_force_diff = 0x10000000,
};

typedef struct cib_s cib_t;

/*
 * What can be done with a connection. A call with cib_sync_call gives its result; one without gives a number above 0,
 * which the reply to it has, or an error. `call_options` are of enum cib_call_options; a `section` is one's name, NULL for
 * the whole CIB, or an XPath; what comes in `*output_data` is the caller's, to be freed with free_xml().
 */
typedef struct cib_api_operations_s {
	/* Connects; `name` is the caller's, for logs. With signon_raw() events come on `*event_fd`, and not by the main loop. */
	int (*signon)(cib_t *cib, const char *name, enum cib_conn_type type);
	int (*signon_raw)(cib_t *cib, const char *name, enum cib_conn_type type, int *event_fd);
	int (*signoff)(cib_t *cib);
	/* Frees the connection; cib_delete() calls it. */
	int (*free)(cib_t *cib);

	/* Who is called with every reply to an asynchronous call; with each event of a name; when the connection is lost. */
	int (*set_op_callback)(
		cib_t *cib,
		void (*callback)(const xmlNode *msg, int callid, int rc, xmlNode *output));
	int (*add_notify_callback)(
		cib_t *cib,
		const char *event,
		void (*callback)(const char *event, xmlNode *msg));
	int (*del_notify_callback)(
		cib_t *cib,
		const char *event,
		void (*callback)(const char *event, xmlNode *msg));
	int (*set_connection_dnotify)(cib_t *cib, void (*dnotify)(gpointer user_data));

	int (*inputfd)(cib_t *cib);
	int (*noop)(cib_t *cib, int call_options);
	int (*ping)(cib_t *cib, xmlNode **output_data, int call_options);
	int (*query)(cib_t *cib, const char *section, xmlNode **output_data, int call_options);
	int (*query_from)(
		cib_t *cib,
		const char *host,
		const char *section,
		xmlNode **output_data,
		int call_options);

	/* Deprecated: set_primary() and set_secondary() are their heirs. */
	int (*is_master)(cib_t *cib);
	int (*set_master)(cib_t *cib, int call_options);
	int (*set_slave)(cib_t *cib, int call_options);
	int (*set_slave_all)(cib_t *cib, int call_options);

	/* Has all replicas replaced by the deciding manager's, or by a host's. */
	int (*sync)(cib_t *cib, const char *section, int call_options);
	int (*sync_from)(cib_t *cib, const char *host, const char *section, int call_options);
	/* To the newest schema that is known. */
	int (*upgrade)(cib_t *cib, int call_options);
	int (*bump_epoch)(cib_t *cib, int call_options);
	int (*create)(cib_t *cib, const char *section, xmlNode *data, int call_options);
	int (*modify)(cib_t *cib, const char *section, xmlNode *data, int call_options);
	/* The same as modify(). */
	int (*update)(cib_t *cib, const char *section, xmlNode *data, int call_options);
	int (*replace)(cib_t *cib, const char *section, xmlNode *data, int call_options);
	int (*remove)(cib_t *cib, const char *section, xmlNode *data, int call_options);
	int (*erase)(cib_t *cib, xmlNode **output_data, int call_options);
	/* Deprecated. */
	int (*delete_absolute)(cib_t *cib, const char *section, xmlNode *data, int call_options);
	/* Ends the manager. */
	int (*quit)(cib_t *cib, int call_options);

	/* Whether this connection hears of an event; add_notify_callback() calls it. */
	int (*register_notification)(cib_t *cib, const char *callback, int enabled);
	/*
	 * Who is called with the reply to one call, within `timeout` seconds where it is above 0: with the reply, the
	 * call, its result, the output, and `user_data`. The name must stay.
	 */
	gboolean (*register_callback)(
		cib_t *cib,
		int call_id,
		int timeout,
		gboolean only_success,
		void *user_data,
		const char *callback_name,
		void (*callback)(xmlNode *, int, int, xmlNode *, void *));
	/* The same, and `free_func` is called with the data afterwards. */
	gboolean (*register_callback_full)(
		cib_t *cib,
		int call_id,
		int timeout,
		gboolean only_success,
		void *user_data,
		const char *callback_name,
		void (*callback)(xmlNode *, int, int, xmlNode *, void *),
		void (*free_func)(void *));

	/* Makes this host's manager the one that decides, or one that doesn't. */
	int (*set_primary)(cib_t *cib, int call_options);
	int (*set_secondary)(cib_t *cib, int call_options);
} cib_api_operations_t;

/* A connection. Callers read it, and may set `call_timeout` (seconds). */
struct cib_s {
	enum cib_state state;
	enum cib_conn_type type;
	enum cib_variant variant;

	int call_id;
	int call_timeout;
	void *variant_opaque;
	void *delegate_fn;

	GList *notify_list;
	void (*op_callback)(const xmlNode *msg, int call_id, int rc, xmlNode *output);
	cib_api_operations_t *cmds;
};

#ifdef __cplusplus
}
#endif

#endif
