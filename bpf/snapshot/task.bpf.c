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
__u32 own_level;
__u64 lost[FDS_COUNT_MAX];
/* A difference between truth and counter counts as real when seen twice this far apart. */
const volatile __u64 confirm_ns = 50 * 1000 * 1000;

/* Kernels without bpf_loop() (before 5.17) read this many words of a table at most. */
#define BOUNDED_WORDS 256

/* Callback of bpf_loop(); a function of its own in the bounded loop too, to save registers. */
static __noinline long scan_one(u32 i, void *unused)
{
	scan__word(i);
	return 0;
}

/*
 * Compare the counter of a table with the truth.  A system call that is under way between its
 * effect and its hook looks like a difference too, so one is believed only if the same difference
 * stood confirm_ns ago and no event came since.
 */
static void reconcile(struct fds_table *t, struct fds_task_rec *rec, bool may_change)
{
	u64 now = bpf_ktime_get_ns(), events = t->opens + t->closes;
	s64 diff = (s64)rec->installed - t->installed;

	t->seen_ns = now;
	if (diff != t->diff || events != t->diff_events || !t->diff_ns) {
		t->diff = diff;
		t->diff_events = events;
		t->diff_ns = now;
		return;
	}
	if (now - t->diff_ns < confirm_ns)
		return;
	if (diff) {
		__sync_fetch_and_add(&t->installed, diff);
		table__raise_peak(t);
		if (t->dirty || t->async || may_change)
			rec->corrected = diff;
		else
			rec->drift = diff;
		t->diff = 0;
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
			.installed = rec->installed,
			.peak = rec->installed,
			.owner_start = rec->start_ns,
			.owner_tgid = rec->tgid,
			.dirty = FDS_DIRT_SMALL,
			.seen_ns = bpf_ktime_get_ns(),
		};
		u64 key = (u64)files;

		/* Exists by now: the hooks were faster, and know better. */
		bpf_map_update_elem(&tables, &key, &fresh, BPF_NOEXIST);
		t = table__find(files);
		if (!t) {
			__sync_fetch_and_add(&lost[FDS_COUNT_TABLE_FULL], 1);
			return;
		}
	}
	/* Another task may act on this table: io_uring workers, a seccomp supervisor. */
	if (!sees_all && bpf_core_field_exists(task->io_uring))
		may_change = task->io_uring;
	if (!sees_all && bpf_core_field_exists(task->seccomp))
		may_change |= task->seccomp.mode == SECCOMP_MODE_FILTER;
	rec->counted = t->installed;
	rec->opens = t->opens;
	rec->closes = t->closes;
	rec->failures = t->failures;
	rec->peak = t->peak;
	reconcile(t, rec, may_change);
	/* Left for good: the hooks may tell of it again. */
	if (t->level > FDS_LEVEL_HYSTERESIS &&
	    (u64)(rec->highest + 1) * 100 < rec->soft * (t->level - FDS_LEVEL_HYSTERESIS))
		t->level = 0;
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
	rec->soft = signal->rlim[RLIMIT_NOFILE].rlim_cur;
	rec->hard = signal->rlim[RLIMIT_NOFILE].rlim_max;
	rec->threads = signal->nr_threads;
	if (task->flags & PF_KTHREAD)
		rec->flags |= FDS_TASK_KTHREAD;
	if (task->exit_state)
		rec->flags |= FDS_TASK_ZOMBIE;
	bpf_probe_read_kernel_str(rec->comm, sizeof(rec->comm), leader->comm);
}

/* Shared body of the programs below, which differ in how they walk a table. */
static __always_inline int emit_task(struct bpf_iter__task *ctx, bool loops)
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

	fill_identity(task, &rec);
	if (files) {
		struct fdtable *fdt = files->fdt;
		u32 words;

		rec.files = (u64)files;
		rec.max_fds = fdt->max_fds;
		if (files->count.counter > 1)
			rec.flags |= FDS_TASK_SHARED;
		scan__start(fdt, rec.soft);
		words = (rec.max_fds + WORD_BITS - 1) / WORD_BITS;
		if (loops) {
			bpf_loop(words, scan_one, NULL, 0);
		} else {
			for (u32 i = 0; i < BOUNDED_WORDS && i < words; i++)
				scan_one(i, NULL);
			if (words > BOUNDED_WORDS)
				rec.flags |= FDS_TASK_CUT;
		}
		rec.allocated = scan.allocated;
		/* A number freed between the two reads must not make more files than numbers. */
		rec.installed = scan.installed < scan.allocated ? scan.installed : scan.allocated;
		rec.below_soft = scan.below_soft;
		rec.highest = scan__highest();
		/* The table may have been freed and its memory used anew while we read. */
		if (task->files != files || files->fdt != fdt)
			rec.flags |= FDS_TASK_TORN;
		else if (counting && !(rec.flags & (FDS_TASK_KTHREAD | FDS_TASK_CUT)))
			compare(task, files, &rec);
	}
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}

/* Every task of the host, tables of any size; needs bpf_loop(). */
SEC("iter/task")
int task_loop(struct bpf_iter__task *ctx)
{
	return emit_task(ctx, true);
}

/* The same before 5.17: tables past 16,384 slots are marked FDS_TASK_CUT, counted elsewhere. */
SEC("iter/task")
int task_bounded(struct bpf_iter__task *ctx)
{
	return emit_task(ctx, false);
}
