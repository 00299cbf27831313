/* What the tests of libcmap share: a connection, names at their limits, and how an event is printed. */
#ifndef CMAP_COMMON_H
#define CMAP_COMMON_H

#include <inttypes.h>

#include <corosync/cmap.h>

#include "t.h"

/* keys of 255 and 256 bytes */
static char longest[256] T_UNUSED;
static char too_long[257] T_UNUSED;

static T_UNUSED cmap_handle_t open_map(void)
{
	cmap_handle_t handle = 0;

	memset(longest, 'k', sizeof(longest) - 1);
	memset(too_long, 'k', sizeof(too_long) - 1);
	T(cmap_initialize(&handle));
	return handle;
}

/* a value as a reader finds it */
static T_UNUSED void show(cmap_handle_t handle, const char *key)
{
	unsigned char value[64];
	size_t len = sizeof(value), i;
	cmap_value_types_t type = 0;

	if (cmap_get(handle, key, value, &len, &type) != CS_OK) {
		printf("%s: none\n", key);
		return;
	}
	printf("%s: type %d, %zu bytes:", key, (int)type, len);
	for (i = 0; i < len; i++)
		printf(" %02x", value[i]);
	printf("\n");
}

static T_UNUSED void show_value(const char *name, struct cmap_notify_value value)
{
	size_t i;

	printf(" %s %d:", name, (int)value.type);
	for (i = 0; i < value.len; i++)
		printf("%02x", ((const unsigned char *)value.data)[i]);
}

/* a tracker's function; its data is its name. Only keys of tests are told of: the daemon changes its own any time */
static T_UNUSED void print_event(cmap_handle_t handle, cmap_track_handle_t tracker, int32_t event, const char *key,
	struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data)
{
	(void)handle;
	(void)tracker;
	if (strncmp(key, "test.", 5) != 0)
		return;
	printf("%s: event %d, %s,", (const char *)data, (int)event, key);
	show_value("new", new_value);
	show_value("old", old_value);
	printf("\n");
}

/* Setting and reading one type of number: its suffix, C type, and two values at its limits. */
#define SET_NUMBER_TEST(suffix, low, high)						\
	int main(void)									\
	{										\
		cmap_handle_t handle = open_map();					\
		T(cmap_set_##suffix(handle, "test." #suffix, low));			\
		show(handle, "test." #suffix);						\
		T(cmap_set_##suffix(handle, "test." #suffix, high));			\
		T(cmap_set_##suffix(handle, "test." #suffix, high));			\
		show(handle, "test." #suffix);						\
		T(cmap_set_string(handle, "test." #suffix, "text"));			\
		T(cmap_set_##suffix(handle, "test." #suffix, 1));			\
		show(handle, "test." #suffix);						\
		T(cmap_delete(handle, "test." #suffix));				\
		T(cmap_set_##suffix(handle, NULL, 1));					\
		T(cmap_set_##suffix(handle, "ab", 1));					\
		T(cmap_set_##suffix(handle, "test.a b", 1));				\
		T(cmap_set_##suffix(handle, "system.test", 1));				\
		T(cmap_set_##suffix(handle, longest, 1));				\
		T(cmap_delete(handle, longest));					\
		T(cmap_set_##suffix(handle, too_long, 1));				\
		T(cmap_set_##suffix(T_BAD_HANDLE, too_long, 1));					\
		T(cmap_set_##suffix(T_BAD_HANDLE, "test." #suffix, 1));				\
		T(cmap_finalize(handle));						\
		T(cmap_set_##suffix(handle, "test." #suffix, 1));			\
		return T_END();								\
	}

#define GET_NUMBER_TEST(suffix, type, format, low, high, other)				\
	int main(void)									\
	{										\
		cmap_handle_t handle = open_map();					\
		type value = 1;								\
		T(cmap_get_##suffix(handle, "test." #suffix, &value));			\
		T(cmap_set_##suffix(handle, "test." #suffix, low));			\
		T(cmap_get_##suffix(handle, "test." #suffix, &value));			\
		printf("%" format "\n", value);						\
		T(cmap_set_##suffix(handle, "test." #suffix, high));			\
		T(cmap_get_##suffix(handle, "test." #suffix, &value));			\
		printf("%" format "\n", value);						\
		T(cmap_set_##other(handle, "test." #suffix, 3));			\
		T(cmap_get_##suffix(handle, "test." #suffix, &value));			\
		T(cmap_set_string(handle, "test." #suffix, "a"));			\
		T(cmap_get_##suffix(handle, "test." #suffix, &value));			\
		T(cmap_set_string(handle, "test." #suffix, "longer than a number"));	\
		T(cmap_get_##suffix(handle, "test." #suffix, &value));			\
		printf("%" format "\n", value);						\
		T(cmap_delete(handle, "test." #suffix));				\
		T(cmap_get_##suffix(handle, NULL, &value));				\
		T(cmap_get_##suffix(handle, "a", &value));				\
		T(cmap_get_##suffix(handle, too_long, &value));				\
		T(cmap_get_##suffix(T_BAD_HANDLE, too_long, &value));				\
		T(cmap_get_##suffix(T_BAD_HANDLE, "test." #suffix, &value));			\
		T(cmap_finalize(handle));						\
		T(cmap_get_##suffix(handle, "test." #suffix, &value));			\
		return T_END();								\
	}

#endif
