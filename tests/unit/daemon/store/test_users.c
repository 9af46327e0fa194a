// links: daemon/store/users.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits per user: records in, a sorted and bounded array out. */
#include "store/users.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fds_user_rec record(uint32_t uid, uint64_t instances, uint64_t watches,
				  uint64_t epoll, uint64_t pages)
{
	return (struct fds_user_rec){.uid = uid, .use = {instances, watches, epoll, pages}};
}

static void apply(struct users *u, struct fds_user_rec rec)
{
	assert_int_equal(users__apply(u, &rec), 0);
}

static void test_round(void **state)
{
	struct users u = {};

	(void)state;
	users__begin(&u);
	apply(&u, record(1000, 1, 2, 3, 4));
	apply(&u, record(0, 5, 6, 7, 8));
	apply(&u, record(33, 0, 0, 0, 0));			 /* nothing of any */
	apply(&u, record(34, FDS_UNKNOWN, FDS_UNKNOWN, 0, 0));	 /* nothing that is known */
	apply(&u, record(500, FDS_UNKNOWN, FDS_UNKNOWN, 0, 9));	 /* in a namespace, */
	apply(&u, record(500, 11, 12, 0, 9));			 /* outside, */
	apply(&u, record(500, FDS_UNKNOWN, FDS_UNKNOWN, 0, 10)); /* and again */
	users__end(&u, 77);
	assert_int_equal(u.taken_ns, 77);
	assert_int_equal(u.cnt, 3);
	assert_int_equal(u.list[0].uid, 0);
	assert_int_equal(u.list[1].uid, 500);
	assert_int_equal(u.list[2].uid, 1000);
	assert_null(users__find(&u, 33));
	assert_null(users__find(&u, 34));
	assert_null(users__find(&u, 2000));
	assert_int_equal(users__find(&u, 500)->use[FDS_USER_INOTIFY_INSTANCES], 11);
	assert_int_equal(users__find(&u, 500)->use[FDS_USER_PIPE_PAGES], 10);
	assert_int_equal(users__find(&u, 1000)->use[FDS_USER_EPOLL_WATCHES], 3);
	/* the next round knows nothing of the last */
	users__begin(&u);
	apply(&u, record(7, 1, 0, 0, 0));
	users__end(&u, 78);
	assert_int_equal(u.cnt, 1);
	assert_null(users__find(&u, 0));
	users__done(&u);
}

static void test_approximate(void **state)
{
	struct fds_user_rec rec = record(1, 0, 0, 3, 0);
	struct users u = {};

	(void)state;
	rec.flags = FDS_USER_EPOLL_APPROXIMATE;
	users__begin(&u);
	apply(&u, rec);
	assert_true(u.list[0].approximate);
	rec.flags = 0;
	apply(&u, rec);
	assert_false(u.list[0].approximate);
	users__done(&u);
}

static void test_limit(void **state)
{
	struct users u = {};

	(void)state;
	users__begin(&u);
	for (uint32_t i = 0; i < USERS_MAX + 10; i++)
		apply(&u, record(10 + USERS_MAX - i % 2 * 3000 + i, 1, 0, 0, 0));
	assert_int_equal(u.cnt, USERS_MAX);
	assert_true(u.refused > 0);
	for (size_t i = 1; i < u.cnt; i++)
		assert_true(u.list[i - 1].uid < u.list[i].uid);
	/* The lowest are kept. */
	apply(&u, record(0, 1, 0, 0, 0));
	assert_int_equal(u.cnt, USERS_MAX);
	assert_non_null(users__find(&u, 0));
	apply(&u, record(UINT32_MAX, 1, 0, 0, 0));
	assert_null(users__find(&u, UINT32_MAX));
	users__begin(&u);
	assert_int_equal(u.refused, 0);
	users__done(&u);
}

static void test_ratio(void **state)
{
	struct users u = {.limits = {128, 0, FDS_RLIM_INFINITY, 100}};
	struct user_use use = {.use = {64, 2, 5, FDS_UNKNOWN}};

	(void)state;
	assert_true(users__used_ratio(&u, &use, FDS_USER_INOTIFY_INSTANCES) == 0.5);
	assert_true(users__used_ratio(&u, &use, FDS_USER_INOTIFY_WATCHES) == 2);
	assert_true(users__used_ratio(&u, &use, FDS_USER_EPOLL_WATCHES) < 0);
	assert_true(users__used_ratio(&u, &use, FDS_USER_PIPE_PAGES) < 0);
	assert_string_equal(users__limit_name(FDS_USER_PIPE_PAGES), "pipe_pages");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_approximate),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_ratio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
