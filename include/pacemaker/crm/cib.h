/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcib: a cluster's configuration and status (the CIB), in the cluster itself, in a file, or in a shadow copy.
 *
 * A connection is made by cib_new() or one of its like, connected by its `cmds->signon()`, and freed by cib_delete().
 * Functions give 0 or more, or the negative of an errno or pcmk_err_ number. A process uses the library from one thread at
 * a time. The XML nodes and GLib types are libxml2's and GLib's own; crm/common/ is libcrmcommon's.
 */
#ifndef PACEMAKER_CRM_CIB_H_DEFINED
#define PACEMAKER_CRM_CIB_H_DEFINED

#include <glib.h>

#include <crm/cib/cib_types.h>
#include <crm/cib/util.h>
#include <crm/common/ipc.h>
#include <crm/common/xml.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CIB_FEATURE_SET "2.0"

/* The event that add_notify_callback() takes to hear of changes: its message has the patchset. */
#define T_CIB_DIFF_NOTIFY "cib_diff_notify"

/* What dlopen(3) takes. */
#define CIB_LIBRARY "libcib.so.27"

/*
 * A connection to the CIB that the environment names: the shadow of CIB_shadow, else the file of CIB_file, else the manager
 * at CIB_server and CIB_port as CIB_user with CIB_passwd (encrypted unless CIB_encrypted says otherwise), else this host's.
 */
cib_t *cib_new(void);

/* A connection to this host's manager. */
cib_t *cib_native_new(void);

/* A connection to a file; with NULL, to the one that CIB_file names. */
cib_t *cib_file_new(const char *filename);

/* A connection to another host's manager, by its remote-tls-port if `encrypted`, else by its remote-clear-port. */
cib_t *cib_remote_new(
	const char *server,
	const char *user,
	const char *passwd,
	int port,
	gboolean encrypted);

/* As cib_new(), and CIB_shadow is taken from the environment. */
cib_t *cib_new_no_shadow(void);

/* The file of a shadow copy; the caller frees the text with free(3). */
char *get_shadow_file(const char *name);

/* A connection to a shadow copy; NULL without a name. */
cib_t *cib_shadow_new(const char *name);

/* Forgets who is told of a connection's events. */
void cib_free_notify(cib_t *cib);

/* The same, and forgets who waits for replies to asynchronous calls, of any connection. */
void cib_free_callbacks(cib_t *cib);

/* Signs off and frees a connection. */
void cib_delete(cib_t *cib);

/* The callbacks of asynchronous calls that wait: each into the log; how many there are. */
void cib_dump_pending_callbacks(void);
int num_cib_op_callbacks(void);

/* Forgets the callback of one asynchronous call, or of all. */
void remove_cib_op_callback(int call_id, gboolean all_callbacks);

#ifdef __cplusplus
}
#endif

#endif
