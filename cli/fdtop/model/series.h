/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series of numbers, and how they look: a line of blocks, a bar, a plot of several lines. */
#ifndef FDSCOPE_FDTOP_SERIES_H
#define FDSCOPE_FDTOP_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SERIES_MAX 240 /* values kept, one per refresh */

struct series {
	double v[SERIES_MAX]; /* oldest first */
	size_t cnt;
};

void series__add(struct series *s, double v);

/* The newest `width` values, padded on the left; from the least to the most, or from 0. */
void series__spark(const double *v, size_t cnt, size_t width, bool from_zero, struct text *out);

/* A bar of `width` columns, filled by ratio (0 to 1; more is full). */
void series__bar(double ratio, size_t width, struct text *out);

/* A count over a while of time. */
struct series_point {
	int64_t time_ns;
	int64_t min, max;
	int64_t step_s; /* how long it was between them; 0: a moment */
};

/*
 * `rows` lines (at least 3) of at most `cols` columns, each ended by a newline: the counts over
 * time, least and most at the left, below them the time that they span.  Nothing of less than two.
 */
void series__plot(const struct series_point *p, size_t cnt, int rows, int cols, struct text *out);

#endif
