/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to the counters of a files table: the bodies that every way of attaching shares.
 */
#ifndef FDSCOPE_ACCOUNT_H
#define FDSCOPE_ACCOUNT_H

#include "fdscope/kinds.h"
#include "lib/count.h"
#include "lib/failure.h"
#include "lib/ring.h"
#include "lib/tables.h"
#include "lib/task.h"

#define LEVEL_CNT 8

/* Per cent of the soft limit, ascending, 0 ends. */
extern __u32 levels[LEVEL_CNT];

/* At most one failure record per table in this time; the rest is counted in held_back. */
#define FAILURE_HOLD_NS (100 * 1000 * 1000ull)

/* More files than this is nothing to look at. */
#define WATCH_NOTHING (~0u)

/*
 * Begin to count for a table of `owner`: exactly if it is small enough to count here, else until a
 * pass.  Whatever was known of a table at this address was of another.  By probe reads, since this
 * is not the hot path and not in every case does the verifier know what it is given.
 */
static __always_inline struct fds_table *account__birth(struct task_struct *owner,
							struct files_struct *files)
{
	struct fdtable *fdt = BPF_CORE_READ(files, fdt);
	struct fds_table t = {
		.files = (u64)files,
		.owner_start = BPF_CORE_READ(owner, group_leader, start_boottime),
		.owner_tgid = BPF_CORE_READ(owner, tgid),
		.seen_ns = bpf_ktime_get_ns(),
	};
	s64 n = count_open_fds(BPF_CORE_READ(fdt, max_fds), (u64)BPF_CORE_READ(fdt, open_fds),
			       LARGE_WORDS);

	if (n < 0)
		t.dirty = FDS_DIRT_LARGE;
	else
		t.base = t.peak = n;
	return table__set(&t);
}

/*
 * A table is fuller than it was: a new peak, or a level.  Levels rise here; passes lower them
 * again, and have this looked at anew since limits change.
 */
static __noinline void account__risen(struct fds_table *t)
{
	struct task_struct *task = current_task();
	struct signal_struct *signal = FETCH(task, signal);
	u64 soft = FETCH(signal, rlim[RLIMIT_NOFILE].rlim_cur), next = WATCH_NOTHING;
	s64 n = table__count(t);
	struct fds_event *ev;
	u32 level = 0;

	if (t->dirty == FDS_DIRT_LARGE || n <= 0)
		return;
	if (n > (s64)t->peak)
		t->peak = n;
	for (u32 i = 0; i < LEVEL_CNT && levels[i] && soft <= (1ull << 32); i++) {
		u64 at = (soft * levels[i] + 99) / 100;

		if ((u64)n < at) {
			next = at;
			break;
		}
		level = levels[i];
	}
	t->watch = next <= t->peak ? next - 1 : t->peak;
	if (level <= t->level)
		return;
	t->level = level;
	ev = event__new(FDS_EVENT_LEVEL, task);
	if (!ev)
		return;
	ev->level = level;
	ev->installed = n;
	ev->fd = n - 1; /* numbers are given lowest first: this one is taken at least */
	event__emit_now(ev);
}

static __always_inline void account__open(struct fds_table *t, u32 cnt)
{
	__sync_fetch_and_add(&t->opens, cnt);
	if (table__count(t) > (s64)t->watch)
		account__risen(t);
}

static __always_inline void account__close(struct fds_table *t)
{
	__sync_fetch_and_add(&t->closes, 1);
}

/* A number was given back unused: an open() that failed. */
static __always_inline void account__unopen(struct fds_table *t)
{
	__sync_fetch_and_add(&t->unused, 1);
	__sync_fetch_and_add(&t->opens, -1);
}

/*
 * The table of the task that runs may have changed in any way.  If no other task uses it, nothing
 * moves while its only user is here, and what is counted now is exact: true.  Else it is right but
 * for calls that are under way elsewhere.
 */
static __always_inline bool account__recount(struct files_struct *files, struct fds_table *t,
					     u32 max_words)
{
	bool shared = FETCH(files, count.counter) > 1;
	struct fdtable *fdt = FETCH(files, fdt);
	s64 n, diff;

	/* A probe read, since newer verifiers do not take the pointer for a number. */
	n = count_open_fds(FETCH(fdt, max_fds), (u64)BPF_CORE_READ(fdt, open_fds), max_words);
	if (n < 0) {
		t->dirty = FDS_DIRT_LARGE;
		return false;
	}
	diff = n - table__count(t);
	if (diff > 0)
		account__open(t, diff);
	else if (diff)
		__sync_fetch_and_add(&t->closes, -diff);
	if (shared) {
		t->dirty = FDS_DIRT_SMALL;
	} else if (t->dirty == FDS_DIRT_LARGE) {
		t->dirty = FDS_CLEAN;
		table__raise_peak(t);
	}
	return !shared;
}

/* A call of the running task met a limit.  `ctx` is the program's own, from which stacks are read.
 */
static __always_inline void account__failure(void *ctx, struct task_struct *task, u32 cause,
					     s32 error, u32 syscall_nr)
{
	struct fds_table *t = table__find(FETCH(task, files));
	u64 now = bpf_ktime_get_ns();
	struct fds_failure *f;
	s64 n;

	if (!t)
		return;
	__sync_fetch_and_add(&t->failures, 1);
	if (t->last_fail_ns && now - t->last_fail_ns < FAILURE_HOLD_NS) {
		__sync_fetch_and_add(&t->held_back, 1);
		return;
	}
	t->last_fail_ns = now;
	f = event__reserve(sizeof(*f));
	if (!f)
		return;
	event__fill(&f->ev, FDS_EVENT_FAILURE, task);
	f->ev.cause = cause;
	f->ev.error = error;
	f->ev.syscall_nr = syscall_nr;
	n = table__count(t);
	f->ev.installed = t->dirty == FDS_DIRT_LARGE || n < 0 ? FDS_COUNT_UNKNOWN : (u32)n;
	f->ev.held_back = t->held_back;
	t->held_back = 0;
	failure__fill_where(ctx, f);
	failure__fill_who(f, task);
	event__emit_now(&f->ev);
}

/* At most one limit record per table in this time: the next pass sees the value anyway. */
#define LIMIT_HOLD_NS (10 * 1000 * 1000ull)

/* RLIMIT_NOFILE was set by the running task, of itself or of `pid`, whose table is `files`. */
static __always_inline void account__limit(struct task_struct *task, u32 pid,
					   struct files_struct *files)
{
	struct fds_table *t = table__find(FETCH(task, files)), *of = table__find(files);
	u64 now = bpf_ktime_get_ns();
	struct fds_event *ev;

	if (of)
		of->watch = 0;
	if (!t || now - t->last_limit_ns < LIMIT_HOLD_NS)
		return;
	t->last_limit_ns = now;
	ev = event__new(FDS_EVENT_LIMIT, task);
	if (!ev)
		return;
	ev->target = pid ?: ev->tgid;
	event__emit_now(ev);
}

#endif
