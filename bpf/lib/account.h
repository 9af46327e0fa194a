/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to the counters of a files table: the bodies that every way of attaching shares.
 */
#ifndef FDSCOPE_ACCOUNT_H
#define FDSCOPE_ACCOUNT_H

#include "lib/count.h"
#include "lib/ring.h"
#include "lib/tables.h"
#include "lib/task.h"

#define LEVEL_CNT 8

/* Per cent of the soft limit, ascending, 0 ends. */
extern __u32 levels[LEVEL_CNT];

/* At most one failure record per table in this time; the rest is counted in held_back. */
#define FAILURE_HOLD_NS (100 * 1000 * 1000ull)

/* Begin to count for a table: exactly if it is small enough to count here, else until a pass. */
static __always_inline void account__birth(struct task_struct *task, struct files_struct *files)
{
	struct fds_table t = {
		.owner_start = task->group_leader->start_boottime,
		.owner_tgid = task->tgid,
		.seen_ns = bpf_ktime_get_ns(),
	};
	s64 n = count_open_fds(files, LARGE_WORDS);

	if (n < 0)
		t.dirty = FDS_DIRT_LARGE;
	else
		t.installed = t.peak = n;
	table__set(files, &t);
}

static __always_inline void account__open(struct fds_table *t, u32 cnt)
{
	__sync_fetch_and_add(&t->installed, cnt);
	__sync_fetch_and_add(&t->opens, cnt);
	table__raise_peak(t);
}

static __always_inline void account__close(struct fds_table *t)
{
	__sync_fetch_and_add(&t->installed, -1);
	__sync_fetch_and_add(&t->closes, 1);
}

/*
 * The table may have changed in any way.  If no other task uses it, nothing moves while its only
 * user is here, and what is counted now is exact: true.  Else it is right but for calls that are
 * under way elsewhere.
 */
static __always_inline bool account__recount(struct files_struct *files, struct fds_table *t,
					     u32 max_words)
{
	bool shared = files->count.counter > 1;
	s64 n = count_open_fds(files, max_words), diff;

	if (n < 0) {
		t->dirty = FDS_DIRT_LARGE;
		return false;
	}
	diff = n - t->installed;
	if (diff) {
		__sync_fetch_and_add(&t->installed, diff);
		if (diff > 0)
			__sync_fetch_and_add(&t->opens, diff);
		else
			__sync_fetch_and_add(&t->closes, -diff);
	}
	if (shared)
		t->dirty = FDS_DIRT_SMALL;
	else if (t->dirty == FDS_DIRT_LARGE)
		t->dirty = FDS_CLEAN;
	table__raise_peak(t);
	return !shared;
}

/*
 * The lowest free number is given, so getting `fd` means that all below are taken: fd + 1 against
 * the soft limit needs no counter.  Levels rise here; passes lower them again.
 */
static __always_inline void account__level(struct task_struct *task, struct fds_table *t, u32 fd)
{
	u64 soft = task->signal->rlim[RLIMIT_NOFILE].rlim_cur;
	u64 used = ((u64)fd + 1) * 100;
	struct fds_event *ev;
	u32 level = 0;

	if (soft > (1ull << 32) || used < soft * levels[0] || !levels[0])
		return;
	for (u32 i = 0; i < LEVEL_CNT; i++)
		if (levels[i] && used >= soft * levels[i])
			level = levels[i];
	if (level <= t->level)
		return;
	t->level = level;
	ev = event__new(FDS_EVENT_LEVEL, task);
	if (!ev)
		return;
	ev->level = level;
	ev->fd = fd;
	ev->installed = t->installed;
	event__emit_now(ev);
}

static __always_inline void account__failure(struct task_struct *task, struct fds_table *t,
					     s32 error, u32 syscall_nr)
{
	u64 now = bpf_ktime_get_ns();
	struct fds_event *ev;

	__sync_fetch_and_add(&t->failures, 1);
	if (t->last_fail_ns && now - t->last_fail_ns < FAILURE_HOLD_NS) {
		__sync_fetch_and_add(&t->held_back, 1);
		return;
	}
	t->last_fail_ns = now;
	ev = event__new(FDS_EVENT_FAILURE, task);
	if (!ev)
		return;
	ev->error = error;
	ev->syscall_nr = syscall_nr;
	ev->installed = t->installed;
	ev->held_back = t->held_back;
	t->held_back = 0;
	event__emit_now(ev);
}

/* At most one limit record per table in this time: the next pass sees the value anyway. */
#define LIMIT_HOLD_NS (10 * 1000 * 1000ull)

/* RLIMIT_NOFILE was set, of the caller or of `pid`. */
static __always_inline int account__limit(struct task_struct *task, u32 pid)
{
	struct fds_table *t = table__find(task->files);
	u64 now = bpf_ktime_get_ns();
	struct fds_event *ev;

	if (!t || now - t->last_limit_ns < LIMIT_HOLD_NS)
		return 0;
	t->last_limit_ns = now;
	ev = event__new(FDS_EVENT_LIMIT, task);
	if (ev) {
		ev->target = pid ?: ev->tgid;
		event__emit_now(ev);
	}
	return 0;
}

#endif
