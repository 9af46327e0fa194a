// links: daemon/store/growth.c daemon/store/process.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Slopes of counts that stand still, rise, jump and swing, and when a limit would be reached. */
#include "store/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SEC	 1000000000ull
#define BOOT	 (1000000 * SEC) /* some time after boot, so that squares of times would be large */
#define STEP_SEC 4

/* Samples of the counts, one a step; what growth says right at the last one. */
static bool slope(const uint32_t *counts, unsigned int cnt, double *ret)
{
	struct growth g = {};
	uint64_t now = BOOT;

	for (unsigned int i = 0; i < cnt; i++) {
		now = BOOT + i * STEP_SEC * SEC;
		growth__apply(&g, now, counts[i]);
	}
	return growth__find(&g, now, counts[cnt - 1], ret);
}

/* The same straight line by the textbook, over the samples that count and the present again. */
static double line_through(const uint32_t *counts, unsigned int cnt)
{
	unsigned int first = cnt > GROWTH_SAMPLE_CNT ? cnt - GROWTH_SAMPLE_CNT : 0;
	unsigned int n = cnt - first + 1;
	double mean_t = 0, mean_c = 0, above = 0, below = 0;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int at = first + i < cnt ? first + i : cnt - 1;

		mean_t += (double)at * STEP_SEC / n;
		mean_c += (double)counts[at] / n;
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned int at = first + i < cnt ? first + i : cnt - 1;
		double t = (double)at * STEP_SEC - mean_t;

		above += t * (counts[at] - mean_c);
		below += t * t;
	}
	return above / below;
}

static void check_slope(const uint32_t *counts, unsigned int cnt)
{
	double per_s = -12345;

	assert_true(slope(counts, cnt, &per_s));
	assert_float_equal(per_s, line_through(counts, cnt), 1e-9);
}

/* ---- samples ---- */

static void test_samples_keep_their_distance(void **state)
{
	struct growth g = {};

	(void)state;
	growth__apply(&g, BOOT, 1);
	growth__apply(&g, BOOT, 2);
	growth__apply(&g, BOOT + GROWTH_STEP_NS - 1, 3);
	assert_int_equal(g.cnt, 1);
	growth__apply(&g, BOOT + GROWTH_STEP_NS, 4);
	assert_int_equal(g.cnt, 2);
	growth__apply(&g, BOOT + 2 * GROWTH_STEP_NS - 1, 5);
	assert_int_equal(g.cnt, 2);
	assert_int_equal(g.count[0], 1);
	assert_int_equal(g.count[1], 4);
}

static void test_ring_keeps_the_last_samples(void **state)
{
	struct growth g = {};
	unsigned int cnt = 3 * GROWTH_SAMPLE_CNT + 5;

	(void)state;
	for (unsigned int i = 0; i < cnt; i++) {
		growth__apply(&g, BOOT + i * GROWTH_STEP_NS, i);
		assert_int_equal(g.cnt, i < GROWTH_SAMPLE_CNT ? i + 1 : GROWTH_SAMPLE_CNT);
		for (unsigned int k = 0; k < g.cnt; k++) {
			unsigned int at = (g.first + k) % GROWTH_SAMPLE_CNT;

			assert_int_equal(g.count[at], i + 1 - g.cnt + k);
			assert_int_equal(g.time_ns[at], BOOT + g.count[at] * GROWTH_STEP_NS);
		}
	}
}

/* ---- slopes ---- */

static void test_too_few_samples_tell_nothing(void **state)
{
	struct growth g = {};
	double per_s = -12345;

	(void)state;
	assert_false(growth__find(&g, BOOT, 5, &per_s));
	growth__apply(&g, BOOT, 5);
	assert_false(growth__find(&g, BOOT, 5, &per_s));
	growth__apply(&g, BOOT + GROWTH_STEP_NS, 9);
	assert_false(growth__find(&g, BOOT + GROWTH_STEP_NS, 9, &per_s));
	assert_false(growth__find(&g, BOOT + GROWTH_MIN_NS - 1, 13, &per_s));
	assert_true(per_s == -12345);
	assert_true(growth__find(&g, BOOT + GROWTH_MIN_NS, 13, &per_s));
	assert_float_equal(per_s, 1, 1e-9);
}

/* The present is part of the line, though it is no sample yet. */
static void test_present_counts(void **state)
{
	struct growth g = {};
	double per_s;

	(void)state;
	growth__apply(&g, BOOT, 10);
	assert_true(growth__find(&g, BOOT + 10 * SEC, 60, &per_s));
	assert_float_equal(per_s, 5, 1e-9);
	assert_true(growth__find(&g, BOOT + 10 * SEC, 0, &per_s));
	assert_float_equal(per_s, -1, 1e-9);
	assert_int_equal(g.cnt, 1);
}

static void test_flat(void **state)
{
	uint32_t counts[2 * GROWTH_SAMPLE_CNT];
	double per_s;

	(void)state;
	for (unsigned int i = 0; i < 2 * GROWTH_SAMPLE_CNT; i++)
		counts[i] = 1048576;
	assert_true(slope(counts, 2 * GROWTH_SAMPLE_CNT, &per_s));
	assert_true(per_s == 0);
}

static void test_straight_up_and_down(void **state)
{
	uint32_t up[2 * GROWTH_SAMPLE_CNT], down[2 * GROWTH_SAMPLE_CNT];
	double per_s;

	(void)state;
	for (unsigned int i = 0; i < 2 * GROWTH_SAMPLE_CNT; i++) {
		up[i] = 100 + 12 * i;
		down[i] = 1000 - 6 * i;
	}
	for (unsigned int cnt = 3; cnt <= 2 * GROWTH_SAMPLE_CNT; cnt++) {
		assert_true(slope(up, cnt, &per_s));
		assert_float_equal(per_s, 3, 1e-9);
		assert_true(slope(down, cnt, &per_s));
		assert_float_equal(per_s, -1.5, 1e-9);
	}
}

static void test_one_in_an_hour_is_still_seen(void **state)
{
	struct growth g = {};
	double per_s;

	(void)state;
	for (unsigned int i = 0; i < GROWTH_SAMPLE_CNT; i++)
		growth__apply(&g, BOOT + i * 3600 * SEC, 50 + i);
	assert_true(growth__find(&g, BOOT + 15 * 3600 * SEC, 65, &per_s));
	assert_float_equal(per_s, 1 / 3600.0, 1e-12);
}

static void test_step(void **state)
{
	uint32_t counts[GROWTH_SAMPLE_CNT];
	double per_s;

	(void)state;
	for (unsigned int i = 0; i < GROWTH_SAMPLE_CNT; i++)
		counts[i] = i < GROWTH_SAMPLE_CNT / 2 ? 10 : 110;
	check_slope(counts, GROWTH_SAMPLE_CNT);
	assert_true(slope(counts, GROWTH_SAMPLE_CNT, &per_s));
	/* More than 100 over the whole time, less than twice that. */
	assert_in_range(per_s * 1000, 100 * 1000 / 60, 2 * 100 * 1000 / 60);
}

/* A load that comes and goes is no growth worth the name. */
static void test_sawtooth(void **state)
{
	uint32_t counts[5 * GROWTH_SAMPLE_CNT];

	(void)state;
	for (unsigned int i = 0; i < 5 * GROWTH_SAMPLE_CNT; i++)
		counts[i] = 10 + 25 * (i % 4);
	for (unsigned int cnt = GROWTH_SAMPLE_CNT; cnt <= 5 * GROWTH_SAMPLE_CNT; cnt++) {
		double per_s;

		check_slope(counts, cnt);
		assert_true(slope(counts, cnt, &per_s));
		/* One tooth rises by 6.25 a second. */
		assert_true(per_s > -1 && per_s < 1);
	}
}

/* What happened before the last 16 samples is forgotten. */
static void test_wrapped_ring_forgets(void **state)
{
	uint32_t counts[2 * GROWTH_SAMPLE_CNT + 3];
	double per_s;

	(void)state;
	for (unsigned int i = 0; i < 2 * GROWTH_SAMPLE_CNT + 3; i++)
		counts[i] = i < GROWTH_SAMPLE_CNT + 3 ? 5000 * i : 7;
	for (unsigned int cnt = 3; cnt < 2 * GROWTH_SAMPLE_CNT + 3; cnt++)
		check_slope(counts, cnt);
	assert_true(slope(counts, 2 * GROWTH_SAMPLE_CNT + 3, &per_s));
	assert_true(per_s == 0);
}

/* ---- exhaustion ---- */

/* A process whose count grows by `per_step` each step, up to `count` now. */
static double exhaustion(uint64_t soft, uint32_t count, int per_step)
{
	struct table t = {.allocated = count};
	struct process p = {.soft = soft,
			    .hard = soft,
			    .table = &t,
			    .below_soft = count < soft ? count : soft,
			    .exhaustion_s = -1};
	uint64_t now = BOOT + 9 * GROWTH_STEP_NS;

	for (int i = 0; i < 10; i++)
		growth__apply(&t.growth, BOOT + i * GROWTH_STEP_NS, count - (9 - i) * per_step);
	return process__exhaustion_s(&p, now);
}

static void test_exhaustion(void **state)
{
	(void)state;
	assert_float_equal(exhaustion(1000, 500, 4), 500, 1e-6);
	assert_float_equal(exhaustion(1000, 500, 40), 50, 1e-6);
	assert_float_equal(exhaustion(1000, 999, 4), 1, 1e-6);
	assert_float_equal(exhaustion(1000, 1000, 4), 0, 1e-9);
	/* Above a limit that was lowered. */
	assert_float_equal(exhaustion(100, 500, 4), 0, 1e-9);
	/* Standing still or falling never gets there, also when it is there. */
	assert_true(exhaustion(1000, 500, 0) < 0);
	assert_true(exhaustion(1000, 500, -4) < 0);
	assert_true(exhaustion(1000, 1000, 0) < 0);
	assert_true(exhaustion(FDS_RLIM_INFINITY, 500, 4) < 0);
	assert_float_equal(exhaustion(1ull << 30, 500, 4), (1ull << 30) - 500, 1);
}

static void test_exhaustion_leaves_out_noise(void **state)
{
	struct table t = {};
	struct process p = {.soft = 1000, .table = &t, .exhaustion_s = -1};

	(void)state;
	/* One in 6001 seconds, then one in 5999. */
	growth__apply(&t.growth, BOOT, 10);
	t.allocated = p.below_soft = 11;
	assert_true(process__exhaustion_s(&p, BOOT + 6001 * SEC) < 0);
	assert_float_equal(process__exhaustion_s(&p, BOOT + 5999 * SEC), 989 * 5999.0, 1);
}

/* What minutes told is better than what the last one did. */
static void test_exhaustion_at_steady_growth(void **state)
{
	struct table t = {.allocated = 50};
	struct process p = {.soft = 100, .table = &t, .below_soft = 50, .exhaustion_s = 7200};

	(void)state;
	for (int i = 0; i < 10; i++)
		growth__apply(&t.growth, BOOT + i * GROWTH_STEP_NS, 41 + i);
	assert_float_equal(process__exhaustion_s(&p, BOOT + 9 * GROWTH_STEP_NS), 7200, 0);
}

static void test_exhaustion_unknown(void **state)
{
	struct table t = {.allocated = 50};
	struct process p = {.soft = 100, .table = &t, .below_soft = 50, .exhaustion_s = -1};

	(void)state;
	assert_true(process__exhaustion_s(&p, BOOT) < 0);
	growth__apply(&t.growth, BOOT, 10);
	assert_true(process__exhaustion_s(&p, BOOT + GROWTH_MIN_NS - 1) < 0);
	assert_float_equal(process__exhaustion_s(&p, BOOT + GROWTH_MIN_NS), 10, 1e-9);
	p.table = NULL;
	assert_true(process__exhaustion_s(&p, BOOT + GROWTH_MIN_NS) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples_keep_their_distance),
		cmocka_unit_test(test_ring_keeps_the_last_samples),
		cmocka_unit_test(test_too_few_samples_tell_nothing),
		cmocka_unit_test(test_present_counts),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_straight_up_and_down),
		cmocka_unit_test(test_one_in_an_hour_is_still_seen),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_sawtooth),
		cmocka_unit_test(test_wrapped_ring_forgets),
		cmocka_unit_test(test_exhaustion),
		cmocka_unit_test(test_exhaustion_leaves_out_noise),
		cmocka_unit_test(test_exhaustion_at_steady_growth),
		cmocka_unit_test(test_exhaustion_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
