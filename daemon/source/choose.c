// SPDX-License-Identifier: GPL-2.0-or-later
/* Trying tiers; see choose.h. */
#include "source/choose.h"

#include "base/capability.h"
#include "base/log.h"
#include "source/gate.h"
#include "source/loader.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#define GATE_TRIES 3

/* What kernels skip now and then (see `missed`) is no fault of the tier: it may try again. */
static int pass_gate(struct source *s, struct tier_result *r)
{
	struct hooks_losses before, after;
	int err;

	for (int i = 0; i < GATE_TRIES; i++) {
		source__losses(s, &before);
		err = gate__check(s, r->why, sizeof(r->why));
		source__losses(s, &after);
		if (err != -EUCLEAN || before.misses == after.misses)
			break;
	}
	return err;
}

/* Load, attach, self-test.  On failure nothing of the tier is left. */
static int try_tier(enum tier tier, const struct source_options *opts, struct tier_result *r,
		    struct source **ret)
{
	struct source *s;
	int err;

	r->state = "failed";
	loader__clear_complaint();
	err = source__new(tier, opts, &s);
	if (err) {
		const char *complaint = loader__complaint();

		if (err == -EPERM && !capability__has(CAP_BPF) && !capability__has(CAP_SYS_ADMIN)) {
			snprintf(r->why, sizeof(r->why),
				 "needs root, or the capabilities of the unit");
			return err;
		}

		snprintf(r->why, sizeof(r->why), "%s%s%s%s%s", opts->btf ?: "",
			 opts->btf ? ": " : "", strerror(-err), complaint[0] ? ": " : "",
			 complaint);
		return err;
	}
	err = pass_gate(s, r);
	if (err) {
		source__free(s);
		return err;
	}
	r->state = "active";
	*ret = s;
	return 0;
}

int choose__source(int wish, const struct source_options *opts,
		   struct tier_result results[static TIER_CNT], struct source **ret)
{
	int first = wish < 0 ? 0 : wish, last = wish < 0 ? TIER_CNT - 1 : wish;
	int err = -ENOTSUP;

	for (int t = 0; t < TIER_CNT; t++)
		results[t] = (struct tier_result){.state = "untried"};
	for (int t = first; t <= last && err; t++) {
		err = try_tier(t, opts, &results[t], ret);
		if (err && wish >= 0)
			log_error("tier %s: %s", tiers[t].name, results[t].why);
		else if (err)
			log_notice("tier %s: %s; trying the next", tiers[t].name, results[t].why);
	}
	loader__forget_types();
	return err ? -ENOTSUP : 0;
}
