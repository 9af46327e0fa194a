/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A curve as lines of text, with axes.  Each moment is drawn from the least to the most that was
 * seen in it; where nothing is known there is a gap.  No terminal, no colour.
 */
#ifndef FDSCOPE_CLI_PLOT_H
#define FDSCOPE_CLI_PLOT_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define PLOT_WIDTH_MIN	20
#define PLOT_WIDTH_MAX	400
#define PLOT_HEIGHT_MIN 4
#define PLOT_HEIGHT_MAX 100

struct plot_point {
	int64_t time_s; /* unix time at which it begins */
	int64_t step_s;
	uint64_t min, max;
};

struct plot {
	const struct plot_point *points; /* by time */
	size_t cnt;
	int64_t from_s, to_s; /* what the width stands for */
	uint64_t limit;	      /* a line across, where it is near enough; PLOT_NO_LIMIT */
	size_t width, height; /* characters, labels and axes included */
	bool ascii;	      /* no Braille dots, no box drawing */
};

#define PLOT_NO_LIMIT UINT64_MAX

/* `height` lines, each ended by a newline.  -EINVAL: too small, too large, no time; -ENOMEM. */
int plot__draw(const struct plot *p, struct text *out);

#endif
