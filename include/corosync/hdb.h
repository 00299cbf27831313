/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handle databases: 64-bit handles for instances, counted references. Each function is libqb's of the same name.
 */
#ifndef HDB_H_DEFINED
#define HDB_H_DEFINED

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <qb/qbhdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef qb_handle_t hdb_handle_t;

/* printf formats of a handle, decimal and hexadecimal. */
#define HDB_D_FORMAT QB_HDB_D_FORMAT
#define HDB_X_FORMAT QB_HDB_X_FORMAT

#define hdb_handle_database qb_hdb

/* Defines a static database with a destructor for its instances. */
#define DECLARE_HDB_DATABASE QB_HDB_DECLARE

/* The lock of databases that are shared by threads. */
static inline void hdb_database_lock(pthread_mutex_t *mutex)
{
	pthread_mutex_lock(mutex);
}

static inline void hdb_database_unlock(pthread_mutex_t *mutex)
{
	pthread_mutex_unlock(mutex);
}

static inline void hdb_database_lock_init(pthread_mutex_t *mutex)
{
	pthread_mutex_init(mutex, NULL);
}

static inline void hdb_database_lock_destroy(pthread_mutex_t *mutex)
{
	pthread_mutex_destroy(mutex);
}

/* An empty database, and its end. */
static inline void hdb_create(struct hdb_handle_database *handle_database)
{
	qb_hdb_create(handle_database);
}

static inline void hdb_destroy(struct hdb_handle_database *handle_database)
{
	qb_hdb_destroy(handle_database);
}

/* A new instance of so many zeroed bytes. */
static inline int hdb_handle_create(struct hdb_handle_database *handle_database, int instance_size, hdb_handle_t *handle_id_out)
{
	return qb_hdb_handle_create(handle_database, instance_size, handle_id_out);
}

/* Borrows an instance; give it back with hdb_handle_put(). The second form works while it is being destroyed too. */
static inline int hdb_handle_get(struct hdb_handle_database *handle_database, hdb_handle_t handle_in, void **instance)
{
	return qb_hdb_handle_get(handle_database, handle_in, instance);
}

static inline int hdb_handle_get_always(struct hdb_handle_database *handle_database, hdb_handle_t handle_in, void **instance)
{
	return qb_hdb_handle_get_always(handle_database, handle_in, instance);
}

/* Gives an instance back. */
static inline int hdb_handle_put(struct hdb_handle_database *handle_database, hdb_handle_t handle_in)
{
	return qb_hdb_handle_put(handle_database, handle_in);
}

/* Ends an instance once nobody borrows it. */
static inline int hdb_handle_destroy(struct hdb_handle_database *handle_database, hdb_handle_t handle_in)
{
	return qb_hdb_handle_destroy(handle_database, handle_in);
}

/* How many borrow an instance. */
static inline int hdb_handle_refcount_get(struct hdb_handle_database *handle_database, hdb_handle_t handle_in)
{
	return qb_hdb_handle_refcount_get(handle_database, handle_in);
}

/* Walks through all instances; each one is borrowed. */
static inline void hdb_iterator_reset(struct hdb_handle_database *handle_database)
{
	qb_hdb_iterator_reset(handle_database);
}

static inline int hdb_iterator_next(struct hdb_handle_database *handle_database, void **instance, hdb_handle_t *handle)
{
	return qb_hdb_iterator_next(handle_database, instance, handle);
}

/* A handle's index without its check bits, and the handle that skips that check. */
static inline unsigned int hdb_base_convert(hdb_handle_t handle)
{
	return qb_hdb_base_convert(handle);
}

static inline unsigned long long hdb_nocheck_convert(unsigned int handle)
{
	return qb_hdb_nocheck_convert(handle);
}

#endif
