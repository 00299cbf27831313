/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What programs often do with a CIB: its attributes, its nodes, its version, changes of it.
 */
#ifndef PACEMAKER_CRM_CIB_UTIL_H_DEFINED
#define PACEMAKER_CRM_CIB_UTIL_H_DEFINED

#include <glib.h>
#include <libxml/tree.h>

#include <crm/cib/cib_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A CIB without content, of an epoch and the newest schema. */
xmlNode *createEmptyCib(int cib_epoch);

/* The three numbers of a CIB's version, each 0 where it has none. */
gboolean cib_version_details(xmlNode *cib, int *admin_epoch, int *epoch, int *updates);

/*
 * An attribute is named by its section (`crm_config`, `nodes`, `status`, `tickets`, ...), and, each NULL where it doesn't
 * matter, by the node's id, the set's type and id, its own id and name. A user that isn't privileged gets what the access
 * rules give. With `to_console` words for people go to standard output, else to the log.
 */

/* Sets an attribute, and makes it where it is missing. */
int update_attr_delegate(
	cib_t *the_cib,
	int call_options,
	const char *section,
	const char *node_uuid,
	const char *set_type,
	const char *set_name,
	const char *attr_id,
	const char *attr_name,
	const char *attr_value,
	gboolean to_console,
	const char *user_name,
	const char *node_type);

/* Gives what stands under `attr` in an attribute's element, such as its id; freed with free(3). */
int find_nvpair_attr_delegate(
	cib_t *the_cib,
	const char *attr,
	const char *section,
	const char *node_uuid,
	const char *set_type,
	const char *set_name,
	const char *attr_id,
	const char *attr_name,
	gboolean to_console,
	char **value,
	const char *user_name);

/* Gives an attribute's value; freed with free(3). */
int read_attr_delegate(
	cib_t *the_cib,
	const char *section,
	const char *node_uuid,
	const char *set_type,
	const char *set_name,
	const char *attr_id,
	const char *attr_name,
	char **attr_value,
	gboolean to_console,
	const char *user_name);

/* Deletes an attribute. */
int delete_attr_delegate(
	cib_t *the_cib,
	int options,
	const char *section,
	const char *node_uuid,
	const char *set_type,
	const char *set_name,
	const char *attr_id,
	const char *attr_name,
	const char *attr_value,
	gboolean to_console,
	const char *user_name);

/* A node's id by its name, and whether it is a remote or guest node; freed with free(3). */
int query_node_uuid(cib_t *the_cib, const char *uname, char **uuid, int *is_remote_node);

/* A node's name by its id; freed with free(3). */
int query_node_uname(cib_t *the_cib, const char *uuid, char **uname);

/* Whether a node is to have no resources: until it restarts with the scope `reboot`, else for ever. */
int set_standby(cib_t *the_cib, const char *uuid, const char *scope, const char *standby_value);

/* The CIB's element without content, its version among its attributes. */
xmlNode *cib_get_generation(cib_t *cib);

/* The manager's options as XML on standard output; one of them, or what it is where it isn't set. */
void cib_metadata(void);
const char *cib_pref(GHashTable *options, const char *name);

/* What an event of T_CIB_DIFF_NOTIFY makes of a CIB; `level` is the log's for the change. */
int cib_apply_patch_event(xmlNode *event, xmlNode *input, xmlNode **output, int level);

#if !defined(PCMK_ALLOW_DEPRECATED) || (PCMK_ALLOW_DEPRECATED == 1)
#include <crm/cib/util_compat.h>
#endif

#ifdef __cplusplus
}
#endif

#endif
