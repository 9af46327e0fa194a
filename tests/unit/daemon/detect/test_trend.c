// links: daemon/detect/trend.c daemon/store/history.c
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Curves of counts: which are leaks that alarm, and which are load and must not.  A table says when
 * each alarm came; the last line counts what was false and what was missed.
 */
#include "detect/trend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEC	 1000000000ull
#define MIN_S	 60.0
#define HOUR_S	 3600.0
#define WARN_S	 (4 * HOUR_S)
#define PASS_S	 4
#define JUDGE_S	 60
#define START_NS (7777 * SEC) /* of no bucket's beginning */

static uint32_t seed;

/* 0 to 1, the same in every run. */
static double noise(void)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) / 16777216.0;
}

/* ---- curves: descriptors at `t` seconds; a and b are the curve's own ---- */

static double leak(double t, double per_h, double load)
{
	return 40 + t / HOUR_S * per_h + load * noise();
}

/* Load by the hour, a leak below it. */
static double leak_under_wave(double t, double per_h, double load)
{
	return 40 + t / HOUR_S * per_h + load * (0.5 - 0.5 * cos(t / HOUR_S * 2 * M_PI)) * noise();
}

static double sawtooth(double t, double period_min, double height)
{
	return 50 + height * fmod(t, period_min * MIN_S) / (period_min * MIN_S);
}

static double wave(double t, double mean, double amplitude)
{
	return mean - amplitude * cos(t / (24 * HOUR_S) * 2 * M_PI) + 5 * noise();
}

static double step(double t, double at_h, double height)
{
	return 100 + (t > at_h * HOUR_S ? height : 0) + 4 * noise();
}

/* Rises for so many minutes, stays as long, falls. */
static double burst(double t, double minutes, double height)
{
	double x = (t - HOUR_S) / (minutes * MIN_S);

	if (x < 0 || x > 3)
		return 100 + 4 * noise();
	return 100 + height * (x < 1 ? x : x < 2 ? 1 : 3 - x) + 4 * noise();
}

static double ramp(double t, double minutes, double height)
{
	return 20 + height * (1 - exp(-t / (minutes * MIN_S))) + 4 * noise();
}

static double flat(double t, double base, double load)
{
	(void)t;
	return base + load * noise();
}

/*
 * Recorded every 4 s: descriptors of redis-server while `redis-benchmark -c 200 -n 60000` ran four
 * times, with 7 s between.
 */
static const uint16_t redis[] = {11,  210, 206, 210, 210, 210, 210, 210, 210, 210,
				 210, 210, 10,	10,  210, 210, 210, 210, 210, 210,
				 210, 210, 210, 210, 210, 210, 210, 210, 210, 10};

static double recorded_redis(double t, double unused, double also_unused)
{
	(void)unused, (void)also_unused;
	return redis[(size_t)(t / 4) % (sizeof(redis) / sizeof(redis[0]))];
}

static double python_leak(double t, double every_ms, double base)
{
	return base + floor(t * 1000 / every_ms);
}

struct curve {
	const char *name;
	double (*count)(double t, double a, double b);
	double a, b;
	uint32_t limit;
	double hours;
	bool alarms;
	double from_h; /* what is told before does not count */
};

static const struct curve curves[] = {
	{"leak 60/h, limit 1024", leak, 60, 0, 1024, 17, true, 0},
	{"leak 60/h under load 100", leak, 60, 100, 1024, 15, true, 0},
	{"leak 600/h under load 50", leak, 600, 50, 4096, 7, true, 0},
	{"leak 30/h under an hourly wave", leak_under_wave, 30, 100, 1024, 30, true, 0},
	{"slow leak 1/h, limit 64", leak, 1, 0, 64, 24.5, true, 0},
	{"slow leak 1/h, limit 256", leak, 1, 0, 256, 217, true, 0},
	{"leak 20/h, limit 1024, load 20", leak, 20, 20, 1024, 49, true, 0},
	{"fast leak 6000/h, limit 4096", leak, 6000, 10, 4096, 0.7, true, 0},
	{"python3 leaks 3/s, limit 4096", python_leak, 350, 5, 4096, 0.4, true, 0},
	{"sawtooth of 1 min", sawtooth, 1, 700, 1024, 12, false, 0},
	{"sawtooth of 10 min", sawtooth, 10, 400, 1024, 12, false, 0},
	{"sawtooth of 2 h", sawtooth, 120, 400, 1024, 24, false, 0},
	{"daily wave 200..800", wave, 500, 300, 1024, 72, false, 0},
	{"daily wave 100..500", wave, 300, 200, 1024, 72, false, 0},
	{"daily wave 400..700", wave, 550, 150, 1024, 72, false, 0},
	/* Nine hours of rise that nobody has seen before are a leak, until a day has passed. */
	{"daily wave 200..870, from day 2", wave, 535, 335, 1024, 96, false, 24},
	{"daily wave 100..800, from day 2", wave, 450, 350, 1024, 96, false, 24},
	{"ramp of 3 h to 80 %", ramp, 180, 800, 1024, 24, false, 0},
	{"ramp of 20 min to 75 %", ramp, 20, 750, 1024, 12, false, 0},
	{"deployment: +300 once", step, 3, 300, 1024, 12, false, 0},
	{"deployment: +600 once", step, 7, 600, 1024, 24, false, 0},
	{"burst of 30 s", burst, 0.5, 600, 1024, 4, false, 0},
	{"burst of 5 min", burst, 5, 600, 1024, 4, false, 0},
	{"burst of 5 min to 90 %", burst, 5, 820, 1024, 4, false, 0},
	{"burst of 10 min", burst, 10, 550, 1024, 4, false, 0},
	{"burst of 20 min", burst, 20, 500, 1024, 6, false, 0},
	{"ramp of 5 min to a plateau", ramp, 5, 600, 1024, 6, false, 0},
	{"ramp of 1 h to a plateau", ramp, 60, 500, 1024, 12, false, 0},
	{"plateau with noise", flat, 500, 200, 1024, 24, false, 0},
	{"redis under a benchmark", recorded_redis, 0, 0, 1024, 3, false, 0},
};

struct verdict {
	double fired_s; /* negative: never */
	uint32_t count;
	double exhaustion_s;
};

/* Of so many runs, each with other noise and another time of the clock at its start. */
#define RUN_CNT 8

static struct verdict run(const struct curve *c, uint32_t nth)
{
	uint64_t start_ns = START_NS + nth * 211 * SEC;
	struct verdict v = {.fired_s = -1};
	struct history h = {};

	seed = nth + 1;
	for (double t = 0; t < c->hours * HOUR_S && v.fired_s < 0; t += PASS_S) {
		double value = c->count(t, c->a, c->b);
		uint32_t count = value < c->limit ? value : c->limit;
		struct trend trend;

		history__apply(&h, start_ns + (uint64_t)(t * SEC), count);
		if (fmod(t, JUDGE_S) != 0 || count >= c->limit || t < c->from_h * HOUR_S)
			continue;
		if (trend__find(&h, c->limit - count, &trend) && trend.exhaustion_s <= WARN_S)
			v = (struct verdict){t, count, trend.exhaustion_s};
	}
	history__done(&h);
	return v;
}

static void leaks_alarm_and_load_does_not(void **state)
{
	unsigned int wrong = 0, missed = 0;

	(void)state;
	print_message("# %-34s %-8s %10s %12s %10s\n", "curve", "expected", "fired at", "count",
		      "left");
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		const struct curve *c = &curves[i];
		struct verdict v = run(c, 0);
		bool fired = v.fired_s >= 0;
		unsigned int others = 0;

		for (uint32_t nth = 1; nth < RUN_CNT; nth++)
			others += run(c, nth).fired_s >= 0;

		if (fired)
			print_message("# %-34s %-8s %8.2f h %5u/%-6u %8.2f h%s\n", c->name,
				      c->alarms ? "alarm" : "silence", v.fired_s / HOUR_S, v.count,
				      c->limit, v.exhaustion_s / HOUR_S,
				      c->alarms ? "" : "  FALSE");
		else
			print_message("# %-34s %-8s %10s%s\n", c->name,
				      c->alarms ? "alarm" : "silence", "never",
				      c->alarms ? "  MISSED" : "");
		others += fired;
		if (others != (c->alarms ? RUN_CNT : 0))
			print_message("#   fired in %u of %u runs\n", others, RUN_CNT);
		wrong += c->alarms ? 0 : others;
		missed += c->alarms ? RUN_CNT - others : 0;
	}
	print_message("# false alarms %u, missed alarms %u\n", wrong, missed);
	assert_int_equal(wrong, 0);
	assert_int_equal(missed, 0);
}

static void nothing_is_told_of_the_young(void **state)
{
	struct history h = {};
	struct trend t;

	(void)state;
	assert_false(trend__find(&h, 10, &t));
	for (int i = 0; i < 70; i++)
		history__apply(&h, START_NS + i * PASS_S * SEC, i);
	assert_false(trend__find(&h, 1, &t)); /* not yet ten minutes */
	history__done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_of_the_young),
		cmocka_unit_test(leaks_alarm_and_load_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
