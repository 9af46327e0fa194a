/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a count went: the last two minutes at full resolution, the last hour by the minute, the last
 * two days by the half hour.  Each bucket has the least and the most that a pass saw in it.
 */
#ifndef FDSCOPE_HISTORY_H
#define FDSCOPE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_NONE	   (~(uint32_t)0) /* of a bucket: no pass fell into it */
#define HISTORY_RECENT_CNT 30
#define HISTORY_MINUTE_CNT 60
#define HISTORY_LONG_CNT   96

struct history_bucket {
	uint32_t min, max;
};

enum history_level { HISTORY_RECENT, HISTORY_MINUTE, HISTORY_LONG, HISTORY_LEVEL_CNT };

struct history_coarse; /* history.c: the levels that a short life does not need */

struct history {
	uint64_t first_ns; /* first sample; 0: none yet */
	uint64_t slot;	   /* number of the newest bucket: its time divided by its length */
	struct history_bucket recent[HISTORY_RECENT_CNT];
	struct history_coarse *coarse; /* NULL: too young, or no memory */
	struct history_bucket kept;    /* recorder.c's: the last minute that it put on disk, */
	uint64_t kept_slot;	       /* and its number; 0: none yet */
};

/* All zero is an empty history. */
void history__done(struct history *h);

/* A sample; times never go back. */
void history__apply(struct history *h, uint64_t now_ns, uint32_t count);

/* Length of a level's buckets. */
uint64_t history__step_ns(enum history_level level);

/*
 * The last buckets of a level, oldest first, into `ret` (room for HISTORY_LONG_CNT); returns how
 * many.  *ret_end_ns: where the newest ends, which goes on being filled until then.
 */
size_t history__read(const struct history *h, enum history_level level, struct history_bucket *ret,
		     uint64_t *ret_end_ns);

struct history_point {
	uint64_t time_ns; /* CLOCK_BOOTTIME at which its bucket begins */
	uint64_t step_ns; /* length of the bucket */
	uint32_t min, max;
};

/* The levels in one line, oldest first, each moment once, empty buckets left out; how many. */
#define HISTORY_POINT_MAX (HISTORY_RECENT_CNT + HISTORY_MINUTE_CNT + HISTORY_LONG_CNT)
size_t history__points(const struct history *h, struct history_point ret[HISTORY_POINT_MAX]);

/* The bucket of a minute by its number (time divided by its length); false: there is none. */
bool history__minute(const struct history *h, uint64_t slot, struct history_bucket *ret);

#endif
