// links: daemon/source/objects.c daemon/source/elf.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* What build ids are remembered, whose, and how many. */
#include "source/objects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t *make_id(unsigned int n)
{
	static uint8_t id[FDS_BUILD_ID_SZ];

	memset(id, 0, sizeof(id));
	memcpy(id, &n, sizeof(n));
	id[19] = 1;
	return id;
}

/* A user's file with the C library's build id is nobody else's C library. */
static void test_whose(void **state)
{
	struct objects o = {};

	(void)state;
	assert_int_equal(objects__learn(&o, make_id(1), 1000, "/home/u/forged"), 0);
	assert_null(objects__find(&o, make_id(1), 1001));
	assert_null(objects__find(&o, make_id(1), 0));
	assert_string_equal(objects__find(&o, make_id(1), 1000), "/home/u/forged");
	assert_int_equal(objects__learn(&o, make_id(2), 0, "/usr/lib/x"), 0);
	assert_string_equal(objects__find(&o, make_id(2), 1000), "/usr/lib/x");
	/* and does not take the place of what is known */
	assert_int_equal(objects__learn(&o, make_id(2), 1000, "/home/u/forged"), 0);
	assert_string_equal(objects__find(&o, make_id(2), 1000), "/usr/lib/x");
	assert_int_equal(o.cnt, 2);
	objects__done(&o);
	assert_int_equal(o.cnt, 0);
}

static void test_own(void **state)
{
	struct objects o;
	bool libc = false;

	(void)state;
	objects__init(&o);
	for (size_t i = 0; i < o.cnt; i++)
		libc |= strstr(o.list[i].path, "/libc.") || strstr(o.list[i].path, "/ld-musl");
	assert_true(libc);
	assert_int_equal(o.kept, o.cnt);
	objects__done(&o);
}

/* The oldest make room, but not our own. */
static void test_limit(void **state)
{
	struct objects o;
	char path[32];
	size_t kept;

	(void)state;
	objects__init(&o);
	kept = o.kept;
	assert_in_range(kept, 1, OBJECTS_MAX / 2);
	for (unsigned int i = 0; i < 3 * OBJECTS_MAX; i++) {
		snprintf(path, sizeof(path), "/%u", i);
		assert_int_equal(objects__learn(&o, make_id(i), 5, path), 0);
		assert_string_equal(objects__find(&o, make_id(i), 5), path);
		assert_in_range(o.cnt, 1, OBJECTS_MAX);
	}
	assert_null(objects__find(&o, make_id(0), 5));
	for (size_t i = 0; i < kept; i++)
		assert_ptr_equal(objects__find(&o, o.list[i].build_id, 5), o.list[i].path);
	/* of the others the last ones are still there */
	assert_non_null(objects__find(&o, make_id(3 * OBJECTS_MAX - (OBJECTS_MAX - kept)), 5));
	assert_null(objects__find(&o, make_id(3 * OBJECTS_MAX - (OBJECTS_MAX - kept) - 1), 5));
	objects__done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
