// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Life of tasks: a files table is born in fork, cut down in exec, gone with the last exit.
 */
#include "lib/account.h"
#include "lib/ktypes.h"
#include "lib/ring.h"

#include <bpf/bpf_tracing.h>

extern const volatile _Bool counting, sees_all;

static __always_inline bool wants(u32 type)
{
	return wanted_events & (1u << type);
}

/* What may change one table by itself, fanotify and the like, was copied with it. */
static __always_inline void inherit_async(struct files_struct *from, struct files_struct *to)
{
	struct fds_table *parent = table__find(from), *child;

	if (parent && parent->async && (child = table__find(to)))
		child->async = 1;
}

/*
 * The child has its table and does not run yet.  Also the one place that sees the descriptor that
 * CLONE_PIDFD put into the parent's table.  Misses nothing.
 */
SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *child, u64 clone_flags)
{
	struct task_struct *parent = current_task();
	struct files_struct *files = child->files, *from = FETCH(parent, files);
	struct fds_event *ev;

	if (counting && !sees_all && clone_flags & CLONE_PIDFD) {
		struct fds_table *t = table__find(from);

		if (t)
			account__open(t, 1);
	}
	if (counting && files && files != from) {
		account__birth(child, files);
		inherit_async(from, files);
	}
	if (child->pid != child->tgid)
		return 0;
	if (wants(FDS_EVENT_FORK) && (ev = event__new(FDS_EVENT_FORK, parent))) {
		ev->target = task__nr(child);
		event__emit_later(ev);
	}
	return 0;
}

static __always_inline void account_exec(struct task_struct *task, struct files_struct *files)
{
	struct fds_table *t = table__find(files);
	u64 start = task->group_leader->start_boottime;

	/* The state of another's table that was at this address. */
	if (!t || t->owner_tgid != (u32)task->tgid || t->owner_start != start)
		account__birth(task, files);
	else if (!sees_all)
		account__recount(files, t, LARGE_WORDS);
}

/* The table is private and what has FD_CLOEXEC is closed.  Misses nothing. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct files_struct *files = task->files;
	struct fds_event *ev;

	if (counting)
		account_exec(task, files);
	if (wants(FDS_EVENT_EXEC) && (ev = event__new(FDS_EVENT_EXEC, task)))
		event__emit_later(ev);
	return 0;
}

/* The task still has its table; the last user takes the counters along. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct files_struct *files = task->files;
	struct fds_event *ev;

	if (counting && files && files->count.counter == 1)
		table__drop(files);
	if (task->pid == task->tgid && wants(FDS_EVENT_EXIT) &&
	    (ev = event__new(FDS_EVENT_EXIT, task)))
		event__emit_later(ev);
	return 0;
}
