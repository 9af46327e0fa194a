/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an alert is told by itself, or is one of too many of its rule about one
 * user: a storm.  Tokens: each alert takes one, and a window's time brings back all of them.
 */
#ifndef FDSCOPE_STORM_H
#define FDSCOPE_STORM_H

#include <stdbool.h>
#include <stdint.h>

struct storm {
	double used; /* tokens */
	uint64_t used_ns;
	uint64_t last_ns; /* last alert that was part of the storm */
	bool raging;
};

/* One more alert; true: it is part of a storm, which may begin with it. */
bool storm__apply(struct storm *s, uint32_t cnt, uint64_t window_ns, uint64_t now_ns);

/* Whether a storm has come to its end, which this call makes it. */
bool storm__check_end(struct storm *s, uint64_t window_ns, uint64_t now_ns);

#endif
