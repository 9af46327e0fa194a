// links: daemon/store/history.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Histories: each moment once, in the finest step that is whole, with what was seen in it. */
#include "store/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEC  1000000000ull
#define MIN  (60 * SEC)
#define HALF (1800 * SEC)

/* A count per second that tells its time. */
static uint32_t count_at(uint64_t time_ns)
{
	return time_ns / SEC;
}

static void fill(struct history *h, uint64_t begin_ns, uint64_t end_ns)
{
	for (uint64_t t = begin_ns; t < end_ns; t += SEC)
		history__apply(h, t, count_at(t));
}

/*
 * Whole and without overlap from the bucket of begin to the last second; what each says is what was
 * seen in it.
 */
static void check(uint64_t begin_ns, uint64_t end_ns)
{
	struct history_point points[HISTORY_POINT_MAX];
	struct history h = {};
	uint64_t at;
	size_t cnt;

	fill(&h, begin_ns, end_ns);
	cnt = history__points(&h, points);
	assert_true(cnt > 0);
	at = points[0].time_ns;
	assert_true(at <= begin_ns || end_ns - at >= 47 * HALF);
	for (size_t i = 0; i < cnt; i++) {
		uint64_t from = points[i].time_ns > begin_ns ? points[i].time_ns : begin_ns;

		assert_int_equal(points[i].time_ns, at);
		assert_int_equal(at % points[i].step_ns, 0);
		at += points[i].step_ns;
		assert_int_equal(points[i].min, count_at(from));
		assert_int_equal(points[i].max, count_at((at < end_ns ? at : end_ns) - SEC));
	}
	assert_true(at >= end_ns && at - end_ns < points[cnt - 1].step_ns);
	/* The last minutes are fine, and the last half hour is by the minute at least. */
	if (end_ns - begin_ns >= 10 * SEC)
		assert_int_equal(points[cnt - 1].step_ns, 4 * SEC);
	for (size_t i = 0; i < cnt; i++)
		if (points[i].time_ns + HALF >= end_ns)
			assert_true(points[i].step_ns <= MIN);
	history__done(&h);
}

static void test_each_moment_once(void **state)
{
	static const uint64_t begins[] = {1, 7777, 36000, 36001, 86399};
	static const uint64_t lengths[] = {1,	 5,    100,  117,  121,	  500,	 3599,
					   3601, 5400, 7201, 9999, 86400, 172000};

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++)
			check(begins[i] * SEC, (begins[i] + lengths[k]) * SEC);
}

static void test_nobody_looked(void **state)
{
	struct history_point points[HISTORY_POINT_MAX];
	struct history h = {};
	size_t cnt;

	(void)state;
	assert_int_equal(history__points(&h, points), 0);
	fill(&h, 7200 * SEC, 7800 * SEC);
	fill(&h, 9000 * SEC, 9010 * SEC);
	cnt = history__points(&h, points);
	assert_true(cnt > 3);
	assert_int_equal(points[cnt - 3].time_ns, 9000 * SEC);
	assert_int_equal(points[cnt - 1].time_ns, 9008 * SEC);
	for (size_t i = 0; i < cnt; i++)
		assert_true(points[i].time_ns < 7800 * SEC || points[i].time_ns >= 9000 * SEC);
	history__done(&h);
}

static void test_minutes(void **state)
{
	struct history_bucket b;
	struct history h = {};

	(void)state;
	fill(&h, 600 * SEC, 610 * SEC);
	assert_false(history__minute(&h, 10, &b)); /* too young */
	fill(&h, 610 * SEC, 900 * SEC);
	assert_true(history__minute(&h, 10, &b));
	assert_int_equal(b.min, 600);
	assert_int_equal(b.max, 659);
	assert_true(history__minute(&h, 14, &b));
	assert_false(history__minute(&h, 15, &b));
	assert_false(history__minute(&h, 9, &b));
	fill(&h, 6000 * SEC, 6001 * SEC);
	assert_false(history__minute(&h, 10, &b)); /* too long ago */
	assert_false(history__minute(&h, 60, &b)); /* nobody looked */
	history__done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_moment_once),
		cmocka_unit_test(test_nobody_looked),
		cmocka_unit_test(test_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
