/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcrmservice: agents of resources, alert agents and other programs, run as actions, and which agents there are.
 *
 * An action is made by one of the functions that create one, and run by services_action_sync(), which waits for its end,
 * or by services_action_async(), which goes on beside the main loop of GLib and calls back. One with an interval is run
 * again and again until services_action_cancel(). Of actions on one resource one runs at a time. A process uses the library
 * from one thread at a time. Lists are GLib's; their items are texts, and g_list_free_full(list, free) frees them.
 */
#ifndef PACEMAKER_CRM_SERVICES_H_DEFINED
#define PACEMAKER_CRM_SERVICES_H_DEFINED

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <crm_config.h>
#include <crm/common/agents.h>
#include <crm/common/results.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef SYSTEMCTL
#define SYSTEMCTL "/bin/systemctl"
#endif

/* What an OCF agent writes before the reason for its end, in a line of its standard error. */
#define PCMK_OCF_REASON_PREFIX "ocf-exit-reason:"

/* The version of agents that tell none. */
#define PCMK_DEFAULT_AGENT_VERSION "0.1"

/* What init scripts exit with, but for their status. */
enum lsb_exitcode {
	PCMK_LSB_OK = 0,
	PCMK_LSB_UNKNOWN_ERROR = 1,
	PCMK_LSB_INVALID_PARAM = 2,
	PCMK_LSB_UNIMPLEMENT_FEATURE = 3,
	PCMK_LSB_INSUFFICIENT_PRIV = 4,
	PCMK_LSB_NOT_INSTALLED = 5,
	PCMK_LSB_NOT_CONFIGURED = 6,
	PCMK_LSB_NOT_RUNNING = 7,
};

/* What init scripts exit with when asked for their status. The last two are the library's own. */
enum lsb_status_exitcode {
	PCMK_LSB_STATUS_OK = 0,
	PCMK_LSB_STATUS_VAR_PID = 1,
	PCMK_LSB_STATUS_VAR_LOCK = 2,
	PCMK_LSB_STATUS_NOT_RUNNING = 3,
	PCMK_LSB_STATUS_UNKNOWN = 4,
	PCMK_LSB_STATUS_NOT_INSTALLED = 150,
	PCMK_LSB_STATUS_INSUFFICIENT_PRIV = 151,
};

/* What plugins of Nagios's exit with. Those from 100 on are the library's own. */
enum nagios_exitcode {
	NAGIOS_STATE_OK = 0,
	NAGIOS_STATE_WARNING = 1,
	NAGIOS_STATE_CRITICAL = 2,
	NAGIOS_STATE_UNKNOWN = 3,
	NAGIOS_INSUFFICIENT_PRIV = 100,
#if !defined(PCMK_ALLOW_DEPRECATED) || (PCMK_ALLOW_DEPRECATED == 1)
	NAGIOS_STATE_DEPENDENT = 4, /* deprecated: no use */
	NAGIOS_NOT_INSTALLED = 101, /* deprecated: no use */
#endif
};

enum svc_action_flags {
	/* At the end of its time only the process itself is killed, not what it started. */
	SVC_ACTION_LEAVE_GROUP = 0x01,
	/* It doesn't wait for other actions on its resource. */
	SVC_ACTION_NON_BLOCKED = 0x02,
};

typedef struct svc_action_private_s svc_action_private_t;

/* An action. Only the library makes one; its texts are malloc(3)'s. */
typedef struct svc_action_s {
	char *id;          /* NAME_ACTION_INTERVAL, or an alert's id; NULL for other programs */
	char *rsc;         /* the resource, if there is one */
	char *action;      /* what is done with it */
	guint interval_ms; /* milliseconds between two turns; 0: there is one */
	char *standard;    /* the agent's class */
	char *provider;    /* who provides it, where its class has that */
	char *agent;       /* its name */
	int timeout;       /* milliseconds it may take */

	/* Names and values: in the environment of OCF and alert agents, read by fence agents. The action's own. */
	GHashTable *params;

	int rc;            /* what it exited with */
	int pid;           /* the library's: the process that runs */
	int cancel;        /* the library's: it was cancelled */
	int status;        /* what became of it (enum pcmk_exec_status) */
	int sequence;      /* a number: of resources' actions the library's, else the caller's */
	int expected_rc;   /* no use */
	int synchronous;   /* the library's: somebody waits for its end */
	enum svc_action_flags flags;
	char *stderr_data; /* what it printed */
	char *stdout_data;
	void *cb_data;     /* the caller's */
	svc_action_private_t *opaque;
} svc_action_t;

/*
 * What is in the folders of a list that colons part: files, of these only executable ones, or else folders.
 */
GList *get_directory_list(const char *root, gboolean files, gboolean executable);

/* Who provides agents of a class; NULL where it has no providers. */
GList *resources_list_providers(const char *standard);

/* Agents of a class, or with NULL of all; of a provider, or with NULL of all. */
GList *resources_list_agents(const char *standard, const char *provider);

/* Classes of agents of which there may be some on this host. */
GList *resources_list_standards(void);

/* Whether there is such an agent on this host. */
gboolean resources_agent_exists(const char *standard, const char *provider, const char *agent);

/*
 * An action on a resource, which takes `params`. NULL if it can't be carried out.
 */
svc_action_t *resources_action_create(
	const char *name,
	const char *standard,
	const char *provider,
	const char *agent,
	const char *action,
	guint interval_ms,
	int timeout,
	GHashTable *params,
	enum svc_action_flags flags);

/* Runs a recurring action now, unless it runs. FALSE: there is none. */
gboolean services_action_kick(const char *name, const char *action, guint interval_ms);

/* The class of a service: "lsb" or "systemd"; NULL where there is none of that name. */
const char *resources_find_service_class(const char *agent);

/* An action that runs a program, with arguments up to a NULL beside its name. */
svc_action_t *services_action_create_generic(const char *exec, const char *args[]);

/* No longer listens to what an action prints, or waits for systemd's answer. */
void services_action_cleanup(svc_action_t *op);

/* Frees an action. One that runs on a resource, waits or recurs stays. */
void services_action_free(svc_action_t *op);

/* Whom an action runs as, if this process is root's. 0, or the negative of an errno. */
int services_action_user(svc_action_t *op, const char *user);

/* Runs an action and waits for its end. TRUE: it went well. */
gboolean services_action_sync(svc_action_t *op);

/*
 * Runs an action beside the main loop. `action_callback` is called each time it ended, `action_fork_callback` each time
 * there is a process for it; NULL leaves what was set before. TRUE: the action is the library's, which frees it after its
 * end, if it hasn't already. FALSE: it couldn't begin, which was told, and is tried again at its next turn.
 */
gboolean services_action_async_fork_notify(
	svc_action_t *op,
	void (*action_callback)(svc_action_t *),
	void (*action_fork_callback)(svc_action_t *));

/* The same without the second callback. */
gboolean services_action_async(svc_action_t *op, void (*action_callback)(svc_action_t *));

/* Ends a recurring action, which is told as its end. FALSE: there is none. */
gboolean services_action_cancel(const char *name, const char *action, guint interval_ms);

/* An action that runs an alert agent, and takes `params`. */
svc_action_t *services_alert_create(
	const char *id,
	const char *exec,
	int timeout,
	GHashTable *params,
	int sequence,
	void *cb_data);

/* Runs an alert agent beside the main loop. TRUE: the action is the library's. */
gboolean services_alert_async(svc_action_t *action, void (*cb)(svc_action_t *op));

/* What an agent's exit status counts as in terms of OCF. */
enum ocf_exitcode services_result2ocf(const char *standard, const char *action, int exit_status);

/* An exit code of OCF's in words. */
static inline const char *services_ocf_exitcode_str(enum ocf_exitcode code)
{
	switch (code) {
	case PCMK_OCF_OK: return "ok";
	case PCMK_OCF_UNKNOWN_ERROR: return "error";
	case PCMK_OCF_INVALID_PARAM: return "invalid parameter";
	case PCMK_OCF_UNIMPLEMENT_FEATURE: return "unimplemented feature";
	case PCMK_OCF_INSUFFICIENT_PRIV: return "insufficient privileges";
	case PCMK_OCF_NOT_INSTALLED: return "not installed";
	case PCMK_OCF_NOT_CONFIGURED: return "not configured";
	case PCMK_OCF_NOT_RUNNING: return "not running";
	case PCMK_OCF_RUNNING_PROMOTED: return "promoted";
	case PCMK_OCF_FAILED_PROMOTED: return "promoted (failed)";
	case PCMK_OCF_DEGRADED: return "OCF_DEGRADED";
	case PCMK_OCF_DEGRADED_PROMOTED: return "promoted (degraded)";
#if !defined(PCMK_ALLOW_DEPRECATED) || (PCMK_ALLOW_DEPRECATED == 1)
	case PCMK_OCF_NOT_SUPPORTED: return "not supported (DEPRECATED STATUS)";
	case PCMK_OCF_CANCELLED: return "cancelled (DEPRECATED STATUS)";
	case PCMK_OCF_OTHER_ERROR: return "other error (DEPRECATED STATUS)";
	case PCMK_OCF_SIGNAL: return "interrupted by signal (DEPRECATED STATUS)";
	case PCMK_OCF_PENDING: return "pending (DEPRECATED STATUS)";
	case PCMK_OCF_TIMEOUT: return "timeout (DEPRECATED STATUS)";
#endif
	default: return "unknown";
	}
}

#if !defined(PCMK_ALLOW_DEPRECATED) || (PCMK_ALLOW_DEPRECATED == 1)
#include <crm/services_compat.h>
#endif

#ifdef __cplusplus
}
#endif

#endif
