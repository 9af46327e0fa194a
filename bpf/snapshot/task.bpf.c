// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The truth pass: one record per files table user, read from the kernel's own bitmap and slots.
 * Where counters are kept, each pass also compares them with the truth and repairs them.
 */
#include "lib/task.h"
#include "fdscope/record.h"
#include "lib/ktypes.h"
#include "lib/scan.h"
#include "lib/tables.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* Set when a tier with hooks is attached; `tables` then belongs to both skeletons. */
_Bool counting;
/* Whether its hooks see every change, so that no difference is to be expected. */
_Bool sees_all;
/* Whether numbers are counted from when they are given out, or from when they have their file. */
_Bool counts_reserved;
__u32 own_level;
/* Tables of this pass for which no counters could be kept; set to 0 before it. */
__u32 untracked;
__u64 lost[FDS_COUNT_MAX]; /* table__set() counts the same here, pass by pass */
/* A difference between truth and counter counts as real when seen twice this far apart. */
const volatile __u64 confirm_ns = 50 * 1000 * 1000;

const volatile __u32 slot_shift = 31;

/*
 * Words of a table that are read in one go; a larger table takes several, since all rounds of a
 * loop count against the verifier's budget, and bpf_loop() came only with 5.17.
 */
#define GO_WORDS 16

/* The table that is being read in several goes.  Not static: a compiler takes such a thing apart.
 */
struct {
	__u64 session;
	__u64 files;
	__u64 fdt;
	__u64 soft;
	__u32 tid;
	__u32 next; /* word; 0: all were read */
	__u32 restarts;
} walk;

/* Tables that change so often while they are read are let be: their owner must not keep us. */
#define RESTARTS_MAX 4

/* A function of its own, to save registers. */
static __noinline void scan_one(u32 i)
{
	scan__word(i);
}

/* Read on in a table; false: there is more. */
static __always_inline bool scan_table(u64 session, u32 tid, struct files_struct *files,
				       struct fdtable *fdt, u64 soft)
{
	u32 words = (fdt->max_fds + WORD_BITS - 1) / WORD_BITS, first;

	/* The limit is the one that it had when we began: it may be set again and again. */
	bool same = walk.session == session && walk.files == (u64)files && walk.fdt == (u64)fdt &&
		    (walk.soft == soft || walk.tid == tid);

	/* Threads without their leader: all with one large table, say. */
	if (same && !walk.next)
		return true;
	if (!same || walk.tid != tid) {
		walk.restarts = walk.session == session && walk.tid == tid ? walk.restarts + 1 : 0;
		if (walk.restarts > RESTARTS_MAX) {
			walk.fdt = 0; /* torn */
			return true;
		}
		scan__start(fdt, soft);
		walk.session = session;
		walk.files = (u64)files;
		walk.fdt = (u64)fdt;
		walk.soft = soft;
		walk.tid = tid;
		walk.next = 0;
	}
	first = walk.next;
	for (u32 i = 0; i < GO_WORDS && first + i < words; i++)
		scan_one(first + i);
	walk.next = first + GO_WORDS < words ? first + GO_WORDS : 0;
	return !walk.next;
}

static u32 true_count(const struct fds_task_rec *rec)
{
	return counts_reserved ? rec->allocated : rec->installed;
}

#define BUSY_PASSES 6
#define NOISE	    2

static bool is_near(s64 diff, s64 other)
{
	s64 apart = diff - other;

	return (other > NOISE || other < -NOISE) && apart <= NOISE && apart >= -NOISE;
}

/*
 * Compare the counter of a table with the truth.  A system call that is under way between its
 * effect and its hook looks like a difference too, so one is believed only if the same difference
 * stood confirm_ns ago and no event came since; or, of a table that never rests, if that many
 * passes in a row found the same.  Of a large difference those calls are noise: what is left of
 * them is repaired when the table rests.
 */
static void reconcile(struct fds_table *t, struct fds_task_rec *rec, bool may_change)
{
	u64 now = bpf_ktime_get_ns(), events = table__events(t);
	s64 diff = (s64)true_count(rec) - table__count(t);

	t->seen_ns = now;
	if (!t->diff_ns ||
	    (diff != t->diff && (events == t->diff_events || !is_near(diff, t->diff)))) {
		t->diff = diff;
		t->diff_events = events;
		t->diff_ns = now;
		t->diff_seen = 0;
		return;
	}
	if (events != t->diff_events) {
		t->diff_events = events;
		t->diff_ns = now;
		if (!diff || ++t->diff_seen < BUSY_PASSES)
			return;
	} else if (now - t->diff_ns < confirm_ns) {
		return;
	}
	if (diff) {
		__sync_fetch_and_add(&t->base, diff);
		table__raise_peak(t);
		if (t->dirty || t->async || may_change)
			rec->corrected = diff;
		else
			rec->drift = diff;
		t->diff = 0;
		t->diff_seen = 0;
	}
	t->dirty = FDS_CLEAN;
	t->diff_ns = now;
}

static void compare(struct task_struct *task, struct files_struct *files, struct fds_task_rec *rec)
{
	struct fds_table *t = table__find(files);
	bool may_change = false;

	if (!t) {
		/* It was there before the hooks.  Not trusted until a quiet pass confirmed it. */
		struct fds_table fresh = {
			.files = (u64)files,
			.base = true_count(rec),
			.peak = true_count(rec),
			.owner_start = rec->start_ns,
			.owner_tgid = task->tgid,
			.dirty = FDS_DIRT_SMALL,
			.seen_ns = bpf_ktime_get_ns(),
		};

		t = table__set(&fresh);
		if (!t) {
			untracked++;
			return;
		}
	}
	/* Another task may act on this table: io_uring workers, a seccomp supervisor. */
	if (!sees_all && bpf_core_field_exists(task->io_uring))
		may_change = task->io_uring;
	if (!sees_all && bpf_core_field_exists(task->seccomp))
		may_change |= task->seccomp.mode == SECCOMP_MODE_FILTER;
	rec->counted = table__count(t);
	rec->opens = t->opens;
	rec->closes = t->closes;
	rec->failures = t->failures;
	rec->peak = t->peak;
	reconcile(t, rec, may_change);
	/* Left for good: the hooks may tell of it again. */
	if (t->level > FDS_LEVEL_HYSTERESIS &&
	    (u64)(rec->highest + 1) * 100 < rec->soft * (t->level - FDS_LEVEL_HYSTERESIS))
		t->level = 0;
	/* The limit or the level may be another by now: the next open looks at them. */
	t->watch = 0;
}

static void fill_identity(struct task_struct *task, struct fds_task_rec *rec)
{
	struct task_struct *leader = task->group_leader;
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct signal_struct *signal = task->signal;
	const struct cred *cred = leader->cred;

	rec->tid = task__nr(task);
	rec->tgid = task__nr(leader);
	rec->ppid = task__nr(task->real_parent->group_leader);
	rec->start_ns = leader->start_boottime;
	rec->ns_tgid = level == own_level ? rec->tgid : pid__nr(pid, level);
	if (bpf_core_field_size(task->self_exec_id) == sizeof(u32))
		rec->exec_id = (u32)leader->self_exec_id;
	else
		rec->exec_id = leader->self_exec_id;
	if (bpf_core_field_exists(task->cgroups))
		rec->cgroup_id = leader->cgroups->dfl_cgrp->kn->id;
	if (cred) {
		rec->uid = cred->uid.val;
		rec->euid = cred->euid.val;
	}
	rec->hard = signal->rlim[RLIMIT_NOFILE].rlim_max;
	rec->threads = signal->nr_threads;
	if (task->flags & PF_KTHREAD)
		rec->flags |= FDS_TASK_KTHREAD;
	if (task->exit_state)
		rec->flags |= FDS_TASK_ZOMBIE;
	bpf_probe_read_kernel_str(rec->comm, sizeof(rec->comm), leader->comm);
}

/* Every task of the host. */
SEC("iter/task")
int task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct files_struct *files;
	struct fds_task_rec rec = {
		.opens = FDS_UNKNOWN,
		.closes = FDS_UNKNOWN,
		.failures = FDS_UNKNOWN,
		.counted = -1,
		.highest = -1,
	};

	if (!task)
		return 0;
	if (ctx->meta->seq_num == 0) {
		struct task_struct *reader = (void *)bpf_get_current_task();

		own_level = BPF_CORE_READ(reader, thread_pid, level);
	}
	leader = task->group_leader;
	files = task->files;
	/* A thread that uses its leader's table, or is on its way out, is no row of its own. */
	if (task != leader && (!files || files == leader->files))
		return 0;

	rec.soft = task->signal->rlim[RLIMIT_NOFILE].rlim_cur;
	/* The kernel comes by again with a task for which 1 is returned. */
	if (files && !scan_table(ctx->meta->session_id, task->pid, files, files->fdt, rec.soft))
		return 1;
	fill_identity(task, &rec);
	if (files) {
		struct fdtable *fdt = files->fdt;

		rec.files = (u64)files;
		rec.soft = scan.soft;
		rec.max_fds = fdt->max_fds;
		if (files->count.counter > 1)
			rec.flags |= FDS_TASK_SHARED;
		rec.allocated = scan.allocated;
		/* A number freed between the two reads must not make more files than numbers. */
		rec.installed = scan.installed < scan.allocated ? scan.installed : scan.allocated;
		rec.below_soft = scan.below_soft;
		rec.highest = scan__highest();
		/* The table may have been freed and its memory used anew while we read. */
		if (task->files != files || walk.fdt != (u64)fdt)
			rec.flags |= FDS_TASK_TORN;
		else if (counting && !(rec.flags & FDS_TASK_KTHREAD))
			compare(task, files, &rec);
	}
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}
