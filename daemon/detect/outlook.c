// SPDX-License-Identifier: GPL-2.0-or-later
/* When processes run out; see outlook.h. */
#include "detect/outlook.h"

#include "base/clock.h"
#include "detect/trend.h"

/* A trend is told from minutes: looking more often finds nothing new. */
#define JUDGE_NS (60 * NSEC_PER_SEC)

static void judge(struct process *p, uint64_t now_ns)
{
	struct table *t = p->table;
	struct trend trend;

	if (now_ns - t->judged_ns >= JUDGE_NS) {
		t->judged_ns = now_ns;
		t->steady_per_s =
			trend__find(&t->history, process__room(p), &trend) ? trend.per_s : 0;
	}
	if (t->steady_per_s > 0)
		p->exhaustion_s = process__room(p) / t->steady_per_s;
}

void outlook__apply(struct store *s)
{
	for (struct process *p = store__first(s); p; p = store__next(p)) {
		p->exhaustion_s = -1;
		if (p->table && !p->kthread && p->soft != FDS_RLIM_INFINITY)
			judge(p, s->pass_ns);
	}
}
