/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Choosing the tier: by trying, best first.  One is used only if it counts our own descriptors
 * right.
 */
#ifndef FDSCOPE_CHOOSE_H
#define FDSCOPE_CHOOSE_H

#include "source/source.h"

/* How a tier fared. */
struct tier_result {
	const char *state; /* "active", "failed", "untried" */
	char why[256];	   /* "": nothing to say */
};

/*
 * The tier `wish`, or the first that works if it is -1.  -ENOTSUP: it failed, or all did; the log
 * and the results say why.
 */
int choose__source(int wish, const struct source_options *opts,
		   struct tier_result results[static TIER_CNT], struct source **ret);

#endif
