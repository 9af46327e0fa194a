/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a count grows steadily, and when that comes to an end: leaks, told from load.
 */
#ifndef FDSCOPE_TREND_H
#define FDSCOPE_TREND_H

#include "store/history.h"

#include <stdbool.h>

struct trend {
	double per_s;
	double exhaustion_s; /* until `room` is gone */
	uint64_t observed_ns;
};

/*
 * Steady growth that uses up `room` within half of the time that it has been observed; false: there
 * is none, or it is too early to tell.  Growth with no end in sight (room UINT64_MAX) is told when
 * it has gone on for an hour.
 */
bool trend__find(const struct history *h, uint64_t room, struct trend *ret);

#endif
