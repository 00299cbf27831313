/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deprecated: where sections are. libcrmcommon's crm/common/cib.h has their heirs. Included by crm/cib/util.h.
 */
#ifndef PACEMAKER_CRM_CIB_UTIL_COMPAT_H_DEFINED
#define PACEMAKER_CRM_CIB_UTIL_COMPAT_H_DEFINED

#include <crm/common/xml.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An XPath to a section; to what it is in; NULL where there is none. */
const char *get_object_path(const char *object_type);
const char *get_object_parent(const char *object_type);

/* A section's element in a CIB; NULL where there is none. */
xmlNode *get_object_root(const char *object_type, xmlNode *the_root);

#ifdef __cplusplus
}
#endif

#endif
