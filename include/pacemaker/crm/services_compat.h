/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Old names of libcrmservice's, included by crm/services.h unless PCMK_ALLOW_DEPRECATED is 0. New programs do without.
 */
#ifndef PACEMAKER_CRM_SERVICES_COMPAT_H_DEFINED
#define PACEMAKER_CRM_SERVICES_COMPAT_H_DEFINED

#include <glib.h>

#include <crm/common/results.h>
#include <crm/services.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No use. */
#ifndef LSB_ROOT_DIR
#define LSB_ROOT_DIR "/etc/init.d"
#endif

/* Today: enum pcmk_exec_status. */
enum op_status {
	PCMK_LRM_OP_UNKNOWN = PCMK_EXEC_UNKNOWN,
	PCMK_LRM_OP_PENDING = PCMK_EXEC_PENDING,
	PCMK_LRM_OP_DONE = PCMK_EXEC_DONE,
	PCMK_LRM_OP_CANCELLED = PCMK_EXEC_CANCELLED,
	PCMK_LRM_OP_TIMEOUT = PCMK_EXEC_TIMEOUT,
	PCMK_LRM_OP_NOTSUPPORTED = PCMK_EXEC_NOT_SUPPORTED,
	PCMK_LRM_OP_ERROR = PCMK_EXEC_ERROR,
	PCMK_LRM_OP_ERROR_HARD = PCMK_EXEC_ERROR_HARD,
	PCMK_LRM_OP_ERROR_FATAL = PCMK_EXEC_ERROR_FATAL,
	PCMK_LRM_OP_NOT_INSTALLED = PCMK_EXEC_NOT_INSTALLED,
	PCMK_LRM_OP_NOT_CONNECTED = PCMK_EXEC_NOT_CONNECTED,
	PCMK_LRM_OP_INVALID = PCMK_EXEC_INVALID,
};

/* Today: resources_action_create(), of class "lsb". */
svc_action_t *services_action_create(const char *name, const char *action, guint interval_ms, int timeout);

/* Today: resources_list_agents(), of class "lsb". */
GList *services_list(void);

/* Today: pcmk_exec_status_str(). */
static inline const char *services_lrm_status_str(enum op_status status)
{
	return pcmk_exec_status_str((enum pcmk_exec_status)status);
}

/* Today: services_result2ocf(), of class "lsb". */
static inline enum ocf_exitcode services_get_ocf_exitcode(const char *action, int lsb_exitcode)
{
	if (action != NULL && strcmp(action, "status") != 0 && strcmp(action, "monitor") != 0) {
		return lsb_exitcode < PCMK_LSB_OK || lsb_exitcode > PCMK_LSB_NOT_RUNNING ? PCMK_OCF_UNKNOWN_ERROR
			: (enum ocf_exitcode)lsb_exitcode;
	}
	switch (lsb_exitcode) {
	case PCMK_LSB_STATUS_OK: return PCMK_OCF_OK;
	case PCMK_LSB_STATUS_VAR_PID:
	case PCMK_LSB_STATUS_VAR_LOCK:
	case PCMK_LSB_STATUS_NOT_RUNNING: return PCMK_OCF_NOT_RUNNING;
	case PCMK_LSB_STATUS_NOT_INSTALLED: return PCMK_OCF_NOT_INSTALLED;
	case PCMK_LSB_STATUS_INSUFFICIENT_PRIV: return PCMK_OCF_INSUFFICIENT_PRIV;
	default: return PCMK_OCF_UNKNOWN_ERROR;
	}
}

#ifdef __cplusplus
}
#endif

#endif
