// links: daemon/alert/storm.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* When alerts are too many, also if their times do not come in order. */
#include "../store/records.h"
#include "alert/storm.h"

#define CNT    5
#define WINDOW (10 * SEC)

static void tokens_come_back(void **state)
{
	struct storm s = {};

	(void)state;
	for (int i = 0; i < CNT; i++)
		assert_false(storm__apply(&s, CNT, WINDOW, 100 * SEC));
	/* A fifth of the window brings back one of five. */
	assert_false(storm__apply(&s, CNT, WINDOW, 102 * SEC));
	assert_true(storm__apply(&s, CNT, WINDOW, 102 * SEC));
	assert_true(storm__apply(&s, CNT, WINDOW, 111 * SEC));
	assert_false(storm__check_end(&s, WINDOW, 120 * SEC));
	assert_true(storm__check_end(&s, WINDOW, 121 * SEC));
	assert_false(storm__check_end(&s, WINDOW, 122 * SEC));
	assert_false(storm__apply(&s, CNT, WINDOW, 122 * SEC));
}

static void times_may_go_back(void **state)
{
	struct storm s = {};
	int single = 0;

	(void)state;
	/* Two CPUs, one of them always a microsecond ahead. */
	for (int i = 0; i < 1000; i++)
		single += !storm__apply(&s, CNT, WINDOW, 100 * SEC + (i ^ 1) * 1000);
	assert_int_equal(single, CNT);
	/* A pass that began before the last of them. */
	assert_false(storm__check_end(&s, WINDOW, 99 * SEC));
	/* Nor does one that comes late make the end come early. */
	assert_true(storm__apply(&s, CNT, WINDOW, 105 * SEC));
	assert_true(storm__apply(&s, CNT, WINDOW, 101 * SEC));
	assert_false(storm__check_end(&s, WINDOW, 114 * SEC));
	assert_true(storm__check_end(&s, WINDOW, 115 * SEC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_come_back),
		cmocka_unit_test(times_may_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
