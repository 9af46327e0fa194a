/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon says of itself: tiers, features, losses, its own memory and CPU.
 */
#ifndef FDSCOPE_REPORT_H
#define FDSCOPE_REPORT_H

#include "api/backend.h"
#include "source/choose.h"
#include "store/store.h"

struct report_pass {
	uint64_t cost_ns; /* of the last truth pass */
	uint64_t cnt;
};

/* Fills all but started_ns and max_staleness_ns.  Texts live as long as source and results. */
void report__fill(const struct source *src, const struct tier_result results[static TIER_CNT],
		  const struct store *store, const struct report_pass *pass,
		  struct backend_status *ret);

/* One more, if there is room. */
void report__add_program(struct backend_status *ret, const struct program_info *info);

#endif
