// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * select-1024: a program that uses select() and has descriptors that an fd_set has no room for, or
 * asks for such.  Who uses it at all is remembered, and looked at after each truth pass; who ended,
 * or is another program by now, is forgotten.
 */
#include "detect/hazard/judge.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <utlist.h>

#define USERS_MAX 1024 /* the kernel side tells again of those that it forgot itself */

struct user {
	struct user *prev, *next;
	struct fds_hazard h; /* its widest call that was told */
	struct fds_select use;
	bool reported; /* since its numbers were low */
};

struct state {
	struct user *users; /* utlist, longest known first */
	size_t cnt;
};

static void drop(struct state *s, struct user *u)
{
	DL_DELETE(s->users, u);
	s->cnt--;
	free(u);
}

static struct user *find(const struct state *s, const struct fds_event *ev)
{
	struct user *u;

	if (s)
		DL_FOREACH (s->users, u)
			if (u->h.at.ev.tgid == ev->tgid)
				return u;
	return NULL;
}

/* The user, if there is memory for it. */
static struct user *keep(struct judge *j, const struct fds_hazard *h, const struct fds_select *use)
{
	struct state *s = j->states[FDS_HAZARD_SELECT_1024];
	struct user *u = find(s, &h->at.ev);

	if (u && u->h.at.ev.start_ns == h->at.ev.start_ns && u->use.exec_id == use->exec_id)
		goto found;
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return NULL;
		j->states[FDS_HAZARD_SELECT_1024] = s;
	}
	if (u)
		drop(s, u);
	u = calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	u->h = *h;
	u->use = *use;
	DL_APPEND(s->users, u);
	if (++s->cnt > USERS_MAX)
		drop(s, s->users);
	return u;
found:
	/* What it asked the most for is told. */
	if (use->nfds > u->use.nfds) {
		u->h = *h;
		u->use = *use;
	}
	return u;
}

static void report(struct judge *j, const struct fds_hazard *h, const struct fds_select *use,
		   int32_t highest, uint64_t time_ns)
{
	char summary[HAZARD_SUMMARY_SZ], held[64] = "";
	_cleanup_free_ char *name = NULL;
	struct hazard_step step;

	judge__begin(h, &step);
	step.time_ns = time_ns;
	step.op = h->at.ev.syscall_nr == __NR_pselect6 ? "pselect6" : "select";
	step.fd = highest;
	if (highest >= 0 && !j->ops.name(j->ops.ctx, step.pid, highest, &name))
		step.name = name;
	if (highest >= 0)
		snprintf(held, sizeof(held), "; its highest descriptor is %d", highest);
	if (use->nfds > FDS_SELECT_MAX)
		snprintf(
			summary, sizeof(summary),
			"%s() with nfds %d, of which an fd_set has room for %d%s, its table has room "
			"for %u",
			step.op, use->nfds, FDS_SELECT_MAX, held, use->max_fds);
	else
		snprintf(summary, sizeof(summary),
			 "uses %s() (nfds %d), whose fd_set has room for numbers below %d%s",
			 step.op, use->nfds, FDS_SELECT_MAX, held);
	step.summary = summary;
	judge__end(j, h, 0, &step);
}

/* Of the process that a record is about, if it is known as what it was then; else NULL. */
static const struct process *find_process(const struct judge *j, const struct fds_hazard *h,
					  const struct fds_select *use)
{
	uint32_t pid = h->at.ev.tgid;
	const struct process *p = store__find(j->store, pid, pid);

	return p && p->start_ns == h->at.ev.start_ns && p->exec_id == use->exec_id ? p : NULL;
}

static void apply(struct judge *j, const struct fds_hazard *h, const char *extra, size_t extra_sz)
{
	const struct process *p;
	struct fds_select use;
	int32_t highest;
	struct user *u;

	if (extra_sz < sizeof(use))
		return;
	memcpy(&use, extra, sizeof(use));
	p = find_process(j, h, &use);
	highest = use.highest;
	/* The pass may be older, but knows more of a table whose end is empty. */
	if (highest < 0 && p && p->table)
		highest = p->table->highest;
	u = keep(j, h, &use);
	if (use.nfds <= FDS_SELECT_MAX && (highest < FDS_SELECT_MAX || (u && u->reported)))
		return;
	if (u)
		u->reported = true;
	report(j, h, &use, highest, h->at.ev.time_ns);
}

static void apply_pass(struct judge *j, uint64_t now_ns)
{
	struct state *s = j->states[FDS_HAZARD_SELECT_1024];
	struct user *u, *next;

	if (!s)
		return;
	DL_FOREACH_SAFE (s->users, u, next) {
		const struct process *p = find_process(j, &u->h, &u->use);

		if (!p) {
			/* One that began during the pass may be missing in it. */
			if (u->h.at.ev.time_ns < j->store->pass_ns)
				drop(s, u);
			continue;
		}
		if (!p->table || p->table->highest < FDS_SELECT_MAX) {
			/* What was asked for in vain is no less a trap. */
			u->reported &= u->use.nfds > FDS_SELECT_MAX;
		} else if (!u->reported) {
			u->reported = true;
			report(j, &u->h, &u->use, p->table->highest, now_ns);
		}
	}
}

static void done(struct judge *j)
{
	struct state *s = j->states[FDS_HAZARD_SELECT_1024];

	while (s && s->users)
		drop(s, s->users);
	free(s);
	j->states[FDS_HAZARD_SELECT_1024] = NULL;
}

const struct hazard_ops hazard__select_1024 = {
	.kind = FDS_HAZARD_SELECT_1024,
	.apply = apply,
	.apply_pass = apply_pass,
	.done = done,
};
