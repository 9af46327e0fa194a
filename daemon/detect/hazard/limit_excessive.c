// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-excessive: a program closes every number up to a high limit.  The kernel side has counted.
 */
#include "detect/hazard/judge.h"

#include <stdio.h>

static void apply(struct judge *j, const struct fds_hazard *h, const char *extra, size_t extra_sz)
{
	char summary[HAZARD_SUMMARY_SZ], limit[32] = "unlimited";
	struct hazard_step step;

	(void)extra;
	(void)extra_sz;
	judge__begin(h, &step);
	/* It goes on: nothing new, but a greater number. */
	if (h->bytes)
		step.cnt = 0;
	if (h->at.ev.soft != FDS_RLIM_INFINITY)
		snprintf(limit, sizeof(limit), "%llu", h->at.ev.soft);
	step.op = "close";
	snprintf(summary, sizeof(summary),
		 "%u numbers in a row that are not open were closed, one call each, up to %d so "
		 "far; the soft limit is %s; close_range() does it in one call",
		 h->op, h->fd, limit);
	step.summary = summary;
	judge__end(j, h, 0, &step);
}

const struct hazard_ops hazard__limit_excessive = {
	.kind = FDS_HAZARD_LIMIT_EXCESSIVE,
	.apply = apply,
};
