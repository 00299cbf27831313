/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcmap: the daemon's map of keys and typed values: its configuration, its run-time state, statistics, and whatever
 * else programs put there. Keys are dotted names; values live as long as the daemon.
 */
#ifndef COROSYNC_CMAP_H_DEFINED
#define COROSYNC_CMAP_H_DEFINED

#include <corosync/corotypes.h>
#include <corosync/hdb.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t cmap_handle_t;
typedef uint64_t cmap_iter_handle_t;
typedef uint64_t cmap_track_handle_t;

/* Characters of a key's name, its NUL not counted. */
#define CMAP_KEYNAME_MAXLEN 255
#define CMAP_KEYNAME_MINLEN 3

/* Changes that a track reports, and whether its name stands for all keys that begin with it. */
#define CMAP_TRACK_ADD 4
#define CMAP_TRACK_DELETE 1
#define CMAP_TRACK_MODIFY 2
#define CMAP_TRACK_PREFIX 8

typedef enum {
	CMAP_VALUETYPE_INT8 = 1,
	CMAP_VALUETYPE_UINT8 = 2,
	CMAP_VALUETYPE_INT16 = 3,
	CMAP_VALUETYPE_UINT16 = 4,
	CMAP_VALUETYPE_INT32 = 5,
	CMAP_VALUETYPE_UINT32 = 6,
	CMAP_VALUETYPE_INT64 = 7,
	CMAP_VALUETYPE_UINT64 = 8,
	CMAP_VALUETYPE_FLOAT = 9,
	CMAP_VALUETYPE_DOUBLE = 10,
	CMAP_VALUETYPE_STRING = 11,
	CMAP_VALUETYPE_BINARY = 12,
} cmap_value_types_t;

/* Which map a handle works on. */
typedef enum {
	CMAP_MAP_DEFAULT = 0,
	CMAP_MAP_ICMAP = 0, /* configuration and run-time state */
	CMAP_MAP_STATS = 1, /* statistics, made when they are read */
} cmap_map_t;

/* A value in a notification: `len` bytes at `data`; a `len` of 0: there is none. */
struct cmap_notify_value {
	cmap_value_types_t type;
	size_t len;
	const void *data;
};

/* A tracked key changed: `event` is one of CMAP_TRACK_ADD, DELETE, MODIFY. All pointers are valid until it returns. */
typedef void (*cmap_notify_fn_t)(
	cmap_handle_t cmap_handle,
	cmap_track_handle_t cmap_track_handle,
	int32_t event,
	const char *key_name,
	struct cmap_notify_value new_value,
	struct cmap_notify_value old_value,
	void *user_data);

/*
 * Connects to the daemon, for the map of configuration and state. It is cmap_initialize_map() with CMAP_MAP_ICMAP.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `handle` is null.
 */
extern cs_error_t cmap_initialize(cmap_handle_t *handle);

/*
 * Connects to the daemon, for a map of choice. CMAP_MAP_STATS is made of counters at the moment it is read;
 * nothing but its stats.clear keys can be set.
 *
 * CS_ERR_LIBRARY: no daemon answers.
 * CS_ERR_TRY_AGAIN: it is not ready yet; call again later.
 * CS_ERR_ACCESS: this user may not connect; see uidgid in corosync.conf(5).
 * CS_ERR_INVALID_PARAM: `handle` is null.
 * CS_ERR_NOT_EXIST: there is no such map.
 */
extern cs_error_t cmap_initialize_map(cmap_handle_t *handle, cmap_map_t map);

/*
 * Ends the connection with its tracks and iterations. It may be called within a callback.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
extern cs_error_t cmap_finalize(cmap_handle_t handle);

/*
 * Gives a descriptor to poll. It is readable when cmap_dispatch() has something to do. It stays the library's: do
 * not read it or close it.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `fd` is null.
 */
extern cs_error_t cmap_fd_get(cmap_handle_t handle, int *fd);

/*
 * Calls the callbacks for what has come. `dispatch_types` says how much: one event, all that wait, or, blocking,
 * everything until the handle is finalized. Callbacks run in the calling thread and may call the library,
 * cmap_finalize() too. Only keys that cmap_track_add() named are told.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_TRY_AGAIN: nothing waits, with CS_DISPATCH_ONE_NONBLOCKING.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_dispatch(cmap_handle_t handle, cs_dispatch_flags_t dispatch_types);

/*
 * Gives the pointer that is kept with the handle. It was set by cmap_context_set() or when the connection was
 * made, and is null else.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `context` is null.
 */
extern cs_error_t cmap_context_get(cmap_handle_t handle, const void **context);

/*
 * Keeps a pointer of the caller's own with the handle. The library never looks at what it points to;
 * cmap_context_get() gives it back.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 */
extern cs_error_t cmap_context_set(cmap_handle_t handle, const void *context);

/*
 * Stores a value under a key. What was there is replaced, whatever its type. `value_len` is the size of a number's
 * type, or the bytes of a string, its NUL left out or not, or of binary data; at most 16 KiB. The functions for
 * one type do the same with a value of that type. Values live as long as the daemon.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `key_name` or `value` is null, or the length does not fit the type or is over 16 KiB.
 * CS_ERR_NAME_TOO_LONG: no key can have such a name: too short, too long, or with other characters than letters,
 * digits and any of ._-/:
 * CS_ERR_ACCESS: the key is read-only.
 * CS_ERR_TOO_BIG: the value is longer than a request can be.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_set(
	cmap_handle_t handle,
	const char *key_name,
	const void *value,
	size_t value_len,
	cmap_value_types_t type);
extern cs_error_t cmap_set_int8(cmap_handle_t handle, const char *key_name, int8_t value);
extern cs_error_t cmap_set_uint8(cmap_handle_t handle, const char *key_name, uint8_t value);
extern cs_error_t cmap_set_int16(cmap_handle_t handle, const char *key_name, int16_t value);
extern cs_error_t cmap_set_uint16(cmap_handle_t handle, const char *key_name, uint16_t value);
extern cs_error_t cmap_set_int32(cmap_handle_t handle, const char *key_name, int32_t value);
extern cs_error_t cmap_set_uint32(cmap_handle_t handle, const char *key_name, uint32_t value);
extern cs_error_t cmap_set_int64(cmap_handle_t handle, const char *key_name, int64_t value);
extern cs_error_t cmap_set_uint64(cmap_handle_t handle, const char *key_name, uint64_t value);
extern cs_error_t cmap_set_float(cmap_handle_t handle, const char *key_name, float value);
extern cs_error_t cmap_set_double(cmap_handle_t handle, const char *key_name, double value);
extern cs_error_t cmap_set_string(cmap_handle_t handle, const char *key_name, const char *value);

/*
 * Takes a key and its value away.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `key_name` is null.
 * CS_ERR_NAME_TOO_LONG: `key_name` is longer than CMAP_KEYNAME_MAXLEN.
 * CS_ERR_NOT_EXIST: there is no such key.
 * CS_ERR_ACCESS: the key is read-only.
 * CS_ERR_NOT_SUPPORTED: it is a key of the statistics map that cannot be deleted.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_delete(cmap_handle_t handle, const char *key_name);

/*
 * Reads the value of a key. `*value_len` is the room at `value` before, and the value's length after. With a null
 * `value` only length and type are told; `value_len` and `type` may be null, too. The functions for one type read
 * a value of exactly that type: there are no conversions. cmap_get_string() gives new memory that the caller
 * frees.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `key_name` is null, the room is too small, or, of one type's functions, `value` is null or
 * the key has another type.
 * CS_ERR_NAME_TOO_LONG: `key_name` is longer than CMAP_KEYNAME_MAXLEN.
 * CS_ERR_NOT_EXIST: there is no such key.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_get(
	cmap_handle_t handle,
	const char *key_name,
	void *value,
	size_t *value_len,
	cmap_value_types_t *type);
extern cs_error_t cmap_get_int8(cmap_handle_t handle, const char *key_name, int8_t *i8);
extern cs_error_t cmap_get_uint8(cmap_handle_t handle, const char *key_name, uint8_t *u8);
extern cs_error_t cmap_get_int16(cmap_handle_t handle, const char *key_name, int16_t *i16);
extern cs_error_t cmap_get_uint16(cmap_handle_t handle, const char *key_name, uint16_t *u16);
extern cs_error_t cmap_get_int32(cmap_handle_t handle, const char *key_name, int32_t *i32);
extern cs_error_t cmap_get_uint32(cmap_handle_t handle, const char *key_name, uint32_t *u32);
extern cs_error_t cmap_get_int64(cmap_handle_t handle, const char *key_name, int64_t *i64);
extern cs_error_t cmap_get_uint64(cmap_handle_t handle, const char *key_name, uint64_t *u64);
extern cs_error_t cmap_get_float(cmap_handle_t handle, const char *key_name, float *flt);
extern cs_error_t cmap_get_double(cmap_handle_t handle, const char *key_name, double *dbl);
extern cs_error_t cmap_get_string(cmap_handle_t handle, const char *key_name, char **str);

/*
 * Adds one to an integer, in one step. A value that is too large for its type wraps round.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `key_name` is null, or the value is no integer.
 * CS_ERR_NOT_EXIST: there is no such key.
 * CS_ERR_ACCESS: the key is read-only.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_inc(cmap_handle_t handle, const char *key_name);

/*
 * Takes one away from an integer, in one step. A value that is too small for its type wraps round.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `key_name` is null, or the value is no integer.
 * CS_ERR_NOT_EXIST: there is no such key.
 * CS_ERR_ACCESS: the key is read-only.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_dec(cmap_handle_t handle, const char *key_name);

/*
 * Starts a walk through keys. It shows those whose names begin with `prefix`, or all for null. End it with
 * cmap_iter_finalize().
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `cmap_iter_handle` is null.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_iter_init(cmap_handle_t handle, const char *prefix, cmap_iter_handle_t *cmap_iter_handle);

/*
 * Takes the next step of a walk. `key_name` has room for CMAP_KEYNAME_MAXLEN + 1 characters; `value_len` and
 * `type` may be null.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: `key_name` is null.
 * CS_ERR_NO_SECTIONS: there are no more keys.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_iter_next(
	cmap_handle_t handle,
	cmap_iter_handle_t iter_handle,
	char key_name[],
	size_t *value_len,
	cmap_value_types_t *type);

/*
 * Ends a walk that cmap_iter_init() started.
 *
 * CS_ERR_BAD_HANDLE: `handle` or `iter_handle` is no handle, or it was finalized.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_iter_finalize(cmap_handle_t handle, cmap_iter_handle_t iter_handle);

/*
 * Reports changes of a key. `track_type` joins the kinds of change by |; with CMAP_TRACK_PREFIX in it, all keys
 * whose names begin with `key_name` are meant, for null all there are. cmap_dispatch() calls `notify_fn` with
 * `user_data` for each. In the statistics map, changed values are told for single keys only and every 1.5 seconds;
 * new and removed keys are told for prefixes, too.
 *
 * CS_ERR_BAD_HANDLE: `handle` is no handle, or it was finalized.
 * CS_ERR_INVALID_PARAM: a pointer is null that must not be, or `track_type` is not valid.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_track_add(
	cmap_handle_t handle,
	const char *key_name,
	int32_t track_type,
	cmap_notify_fn_t notify_fn,
	void *user_data,
	cmap_track_handle_t *cmap_track_handle);

/*
 * Ends what cmap_track_add() started.
 *
 * CS_ERR_BAD_HANDLE: `handle` or `track_handle` is no handle, or it ended before.
 * CS_ERR_LIBRARY: the connection broke, most often because the daemon ended.
 */
extern cs_error_t cmap_track_delete(cmap_handle_t handle, cmap_track_handle_t track_handle);

#ifdef __cplusplus
}
#endif

#endif
