// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hazards that an exec shows, in all tiers that have hooks.
 */
#include "hazard/exec_leak.h"

#include <bpf/bpf_tracing.h>

/* The table is private and what has FD_CLOEXEC is closed; the new program has not run yet. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(after_exec, struct task_struct *task)
{
	exec_leak__executed(task);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(after_fork, struct task_struct *child)
{
	if (child->pid == child->tgid)
		exec_leak__forked(current_task(), child);
	return 0;
}
