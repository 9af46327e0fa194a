// SPDX-License-Identifier: GPL-2.0-or-later
/* How a count went; see history.h. */
#include "store/history.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* A level as a ring: bucket number N is at N modulo its length. */
struct history_coarse {
	uint64_t minute_slot, long_slot;
	struct history_bucket minutes[HISTORY_MINUTE_CNT];
	struct history_bucket longs[HISTORY_LONG_CNT];
};

static const struct {
	uint64_t step_ns;
	size_t cnt;
} levels[HISTORY_LEVEL_CNT] = {
	[HISTORY_RECENT] = {4 * NSEC_PER_SEC, HISTORY_RECENT_CNT},
	[HISTORY_MINUTE] = {60 * NSEC_PER_SEC, HISTORY_MINUTE_CNT},
	[HISTORY_LONG] = {1800 * NSEC_PER_SEC, HISTORY_LONG_CNT},
};

void history__done(struct history *h)
{
	free(h->coarse);
	*h = (struct history){};
}

uint64_t history__step_ns(enum history_level level)
{
	return levels[level].step_ns;
}

static const struct history_bucket none = {HISTORY_NONE, HISTORY_NONE};

/* The sample into its bucket; those that were passed over are empty. */
static void add(struct history_bucket *ring, enum history_level level, uint64_t *slot,
		uint64_t now_ns, uint32_t count)
{
	size_t cnt = levels[level].cnt;
	uint64_t at = now_ns / levels[level].step_ns;
	struct history_bucket *b = &ring[at % cnt];

	if (at > *slot + cnt)
		*slot = at - cnt;
	while (*slot < at)
		ring[++*slot % cnt] = none;
	if (b->min == HISTORY_NONE) {
		*b = (struct history_bucket){count, count};
		return;
	}
	if (count < b->min)
		b->min = count;
	if (count > b->max)
		b->max = count;
}

/* What the recent level has, so that the coarse ones begin where it does. */
static void begin_coarse(struct history *h)
{
	struct history_coarse *c = calloc(1, sizeof(*c));
	uint64_t first = h->first_ns / levels[HISTORY_RECENT].step_ns;

	if (!c)
		return;
	memset(c->minutes, 0xff, sizeof(c->minutes));
	memset(c->longs, 0xff, sizeof(c->longs));
	c->minute_slot = h->first_ns / levels[HISTORY_MINUTE].step_ns;
	c->long_slot = h->first_ns / levels[HISTORY_LONG].step_ns;
	if (h->slot >= HISTORY_RECENT_CNT && first <= h->slot - HISTORY_RECENT_CNT)
		first = h->slot - HISTORY_RECENT_CNT + 1;
	for (uint64_t slot = first; slot <= h->slot; slot++) {
		const struct history_bucket *b = &h->recent[slot % HISTORY_RECENT_CNT];
		uint64_t time_ns = slot * levels[HISTORY_RECENT].step_ns;

		if (b->min == HISTORY_NONE)
			continue;
		add(c->minutes, HISTORY_MINUTE, &c->minute_slot, time_ns, b->min);
		add(c->minutes, HISTORY_MINUTE, &c->minute_slot, time_ns, b->max);
		add(c->longs, HISTORY_LONG, &c->long_slot, time_ns, b->min);
		add(c->longs, HISTORY_LONG, &c->long_slot, time_ns, b->max);
	}
	h->coarse = c;
}

void history__apply(struct history *h, uint64_t now_ns, uint32_t count)
{
	if (!h->first_ns) {
		h->first_ns = now_ns;
		h->slot = now_ns / levels[HISTORY_RECENT].step_ns;
		memset(h->recent, 0xff, sizeof(h->recent));
	}
	add(h->recent, HISTORY_RECENT, &h->slot, now_ns, count);
	if (!h->coarse) {
		if (now_ns - h->first_ns >=
		    (HISTORY_RECENT_CNT - 2) * levels[HISTORY_RECENT].step_ns)
			begin_coarse(h);
		return;
	}
	add(h->coarse->minutes, HISTORY_MINUTE, &h->coarse->minute_slot, now_ns, count);
	add(h->coarse->longs, HISTORY_LONG, &h->coarse->long_slot, now_ns, count);
}

size_t history__read(const struct history *h, enum history_level level, struct history_bucket *ret,
		     uint64_t *ret_end_ns)
{
	const struct history_bucket *ring = h->recent;
	uint64_t slot = h->slot, first = h->first_ns / levels[level].step_ns;
	size_t cnt = levels[level].cnt, have = 0;

	if (!h->first_ns || (level != HISTORY_RECENT && !h->coarse))
		return 0;
	if (level != HISTORY_RECENT) {
		ring = level == HISTORY_MINUTE ? h->coarse->minutes : h->coarse->longs;
		slot = level == HISTORY_MINUTE ? h->coarse->minute_slot : h->coarse->long_slot;
	}
	if (slot - first >= cnt)
		first = slot - cnt + 1;
	for (uint64_t s = first; s <= slot; s++)
		ret[have++] = ring[s % cnt];
	*ret_end_ns = (slot + 1) * levels[level].step_ns;
	return have;
}

bool history__minute(const struct history *h, uint64_t slot, struct history_bucket *ret)
{
	const struct history_coarse *c = h->coarse;

	if (!c || slot > c->minute_slot || c->minute_slot - slot >= HISTORY_MINUTE_CNT)
		return false;
	*ret = c->minutes[slot % HISTORY_MINUTE_CNT];
	return ret->min != HISTORY_NONE;
}

/*
 * Where a level takes over from the coarser one: at the first of that one's boundaries from which
 * on it has all.  0: it has all there is.
 */
static uint64_t begin_of_level(const struct history *h, enum history_level level,
			       uint64_t oldest_ns)
{
	uint64_t step_ns = levels[level].step_ns, coarser_ns;

	if (oldest_ns <= h->first_ns / step_ns * step_ns || level + 1 == HISTORY_LEVEL_CNT)
		return 0;
	coarser_ns = levels[level + 1].step_ns;
	return (oldest_ns + coarser_ns - 1) / coarser_ns * coarser_ns;
}

size_t history__points(const struct history *h, struct history_point ret[HISTORY_POINT_MAX])
{
	struct history_bucket buckets[HISTORY_LONG_CNT];
	uint64_t until_ns = UINT64_MAX;
	size_t at = HISTORY_POINT_MAX;

	/* From the newest back. */
	for (int level = 0; level < HISTORY_LEVEL_CNT; level++) {
		uint64_t step_ns = levels[level].step_ns, time_ns, begin_ns;
		size_t cnt = history__read(h, level, buckets, &time_ns);

		if (!cnt)
			break;
		begin_ns = begin_of_level(h, level, time_ns - cnt * step_ns);
		while (cnt-- > 0) {
			time_ns -= step_ns;
			if (time_ns < begin_ns)
				break;
			if (time_ns >= until_ns || buckets[cnt].min == HISTORY_NONE)
				continue;
			ret[--at] = (struct history_point){time_ns, step_ns, buckets[cnt].min,
							   buckets[cnt].max};
		}
		until_ns = begin_ns;
	}
	memmove(ret, ret + at, (HISTORY_POINT_MAX - at) * sizeof(*ret));
	return HISTORY_POINT_MAX - at;
}
