/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of corosync's services, and a few sizes.
 */
#ifndef CORODEFS_H_DEFINED
#define CORODEFS_H_DEFINED

#include <netinet/in.h>

/* A service's id: in the handshake of its clients and in the header of every message of its peers. */
enum corosync_service_types {
	CMAP_SERVICE = 0,
	CFG_SERVICE = 1,
	CPG_SERVICE = 2,
	QUORUM_SERVICE = 3,
	PLOAD_SERVICE = 4,
	VOTEQUORUM_SERVICE = 5,
	MON_SERVICE = 6,
	WD_SERVICE = 7,
};

/* Hosts that one ring can have. */
#ifdef HAVE_SMALL_MEMORY_FOOTPRINT
#define PROCESSOR_COUNT_MAX 16
#else
#define PROCESSOR_COUNT_MAX 384
#endif

/* Bytes of the longest address a host can have. */
#define TOTEMIP_ADDRLEN (sizeof(struct in6_addr))

#endif
