// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leaks, told from load; see trend.h.
 *
 * What is looked at is the floor: the least of each bucket.  Load comes and goes and lifts the
 * peaks, a leak lifts what is left when load is low.  Steady is what rises in each third of a
 * window: a step, such as a deployment, rises in one of them, a plateau no more in the last.  And
 * the floor must be higher than ever before, else it is a wave or a sawtooth that we have seen
 * already.  Bursts are all of that for a while: so nothing is told before two thirds of the way are
 * behind, which is what "within half of the time observed" means.
 */
#include "detect/trend.h"

#include <math.h>

#define MIN_NS	     (600 * 1000000000ull) /* nothing is steady before */
#define ENDLESS_NS   (3600 * 1000000000ull)
#define RISE_MIN     3	/* descriptors; less is nothing */
#define WINDOW_LEAST 10 /* buckets */
#define NEW_PART     32 /* of what was the highest */

/* The lowest that a window's floor comes to from each bucket on: it never falls. */
struct envelope {
	uint32_t low[HISTORY_LONG_CNT];
	size_t cnt;
	uint64_t step_ns;
	uint32_t highest_before[HISTORY_LONG_CNT]; /* floor of any bucket before this one */
};

/* The finished buckets of a level without a gap, newest last. */
static void read_level(const struct history *h, enum history_level level, struct envelope *ret)
{
	struct history_bucket buckets[HISTORY_LONG_CNT];
	uint64_t end_ns;
	size_t cnt = history__read(h, level, buckets, &end_ns), first;
	uint32_t low = HISTORY_NONE, highest = 0;

	ret->cnt = 0;
	ret->step_ns = history__step_ns(level);
	/* The newest goes on being filled. */
	if (cnt < 2)
		return;
	cnt--;
	for (first = cnt; first && buckets[first - 1].min != HISTORY_NONE; first--)
		;
	for (size_t i = 0; i < first; i++)
		if (buckets[i].min != HISTORY_NONE && buckets[i].min > highest)
			highest = buckets[i].min;
	ret->cnt = cnt - first;
	for (size_t i = 0; i < ret->cnt; i++) {
		ret->highest_before[i] = highest;
		if (buckets[first + i].min > highest)
			highest = buckets[first + i].min;
	}
	for (size_t i = ret->cnt; i--;) {
		if (buckets[first + i].min < low)
			low = buckets[first + i].min;
		ret->low[i] = low;
	}
}

/* Whether the last `len` buckets rise in each of their thirds; the slope that is safe to say. */
static bool rises(const struct envelope *e, size_t len, double *ret_per_s)
{
	size_t from = e->cnt - len;
	double rise = (double)e->low[e->cnt - 1] - e->low[from], slope = INFINITY;

	if (rise < RISE_MIN)
		return false;
	for (int third = 0; third < 3; third++) {
		size_t a = from + (len - 1) * third / 3, b = from + (len - 1) * (third + 1) / 3;
		double part = (double)e->low[b] - e->low[a];

		if (part < floor(rise / 6))
			return false;
		if (third == 2 && part > 0)
			slope = part / (b - a);
		else if (third == 2)
			return false;
	}
	if (rise / (len - 1) < slope)
		slope = rise / (len - 1);
	*ret_per_s = slope / (e->step_ns / 1e9);
	return true;
}

static bool is_near(uint64_t room, double per_s, uint64_t observed_ns, struct trend *ret)
{
	ret->per_s = per_s;
	ret->observed_ns = observed_ns;
	ret->exhaustion_s = room == UINT64_MAX ? INFINITY : room / per_s;
	if (room == UINT64_MAX)
		return observed_ns >= ENDLESS_NS;
	return observed_ns >= MIN_NS && ret->exhaustion_s <= observed_ns / 2e9;
}

/* Higher than the highest so far, by more than waves differ from day to day. */
static bool is_new(uint32_t low, uint32_t highest)
{
	return !highest || low > highest + highest / NEW_PART;
}

static bool find_in(const struct envelope *e, uint32_t known_high, uint64_t room, struct trend *ret)
{
	/* Long windows first: they are surest. */
	for (size_t len = e->cnt; len >= WINDOW_LEAST; len = len * 3 / 4) {
		uint32_t before = e->highest_before[e->cnt - len];
		double per_s;

		if (!is_new(e->low[e->cnt - 1], before) || !is_new(e->low[e->cnt - 1], known_high))
			continue;
		if (rises(e, len, &per_s) && is_near(room, per_s, len * e->step_ns, ret))
			return true;
	}
	return false;
}

/* The highest floor of the half hours before the last hour. */
static uint32_t known_high(const struct envelope *longs)
{
	return longs->cnt > 2 ? longs->highest_before[longs->cnt - 2] : 0;
}

bool trend__find(const struct history *h, uint64_t room, struct trend *ret)
{
	struct envelope minutes, longs;
	struct trend t;

	if (!h->coarse)
		return false;
	read_level(h, HISTORY_MINUTE, &minutes);
	read_level(h, HISTORY_LONG, &longs);
	if (!find_in(&minutes, known_high(&longs), room, &t) && !find_in(&longs, 0, room, &t))
		return false;
	*ret = t;
	return true;
}
