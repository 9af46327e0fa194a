/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a count grows: a short ring of samples, at least GROWTH_STEP_NS apart, and the slope
 * of the straight line through them (least squares).
 */
#ifndef FDSCOPE_GROWTH_H
#define FDSCOPE_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

#define GROWTH_SAMPLE_CNT 16
#define GROWTH_STEP_NS	  (4 * 1000000000ull)
#define GROWTH_MIN_NS	  (8 * 1000000000ull) /* a slope over less than this says nothing */

struct growth {
	uint64_t time_ns[GROWTH_SAMPLE_CNT];
	uint32_t count[GROWTH_SAMPLE_CNT];
	uint8_t first; /* index of the oldest sample */
	uint8_t cnt;
};

/* Take a sample unless the last one is younger than GROWTH_STEP_NS. */
void growth__apply(struct growth *g, uint64_t now_ns, uint32_t count);

/* Descriptors per second over the samples and `count` at `now_ns`; false: too few to tell. */
bool growth__find(const struct growth *g, uint64_t now_ns, uint32_t count, double *ret_per_s);

#endif
