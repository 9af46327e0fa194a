/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a task is: the one that runs, its numbers as the daemon's pid namespace counts them.
 */
#ifndef FDSCOPE_TASK_H
#define FDSCOPE_TASK_H

#include "lib/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Depth of the daemon's pid namespace; 0 is the host's. */
extern __u32 own_level;

/*
 * bpf_get_current_task_btf() came with 5.11 ("bpf: Expose bpf_get_current_task_btf to tracing").
 * Before, the running task is a mere number to the verifier, and all behind it a probe read.
 */
#define HAS_TYPED_TASK bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)

static __always_inline struct task_struct *current_task(void)
{
	if (HAS_TYPED_TASK)
		return (void *)bpf_get_current_task_btf();
	return (void *)bpf_get_current_task();
}

/* A member of what current_task() is or leads to: a load, where the kernel lets it be one. */
#define FETCH(ptr, member) (HAS_TYPED_TASK ? (ptr)->member : BPF_CORE_READ(ptr, member))

/*
 * Number of `pid` in the namespace of that depth; 0 where it has none there.  `pid` comes from a
 * probe read: before 6.2 the verifier does not let a pointer that it knows be added to.
 */
static __always_inline u32 pid__nr(struct pid *pid, u32 level)
{
	u32 nr = 0;

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	bpf_probe_read_kernel(&nr, sizeof(nr),
			      (void *)pid + bpf_core_field_offset(pid->numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, nr));
	return nr;
}

/* A task's own number, as the daemon counts; of a group leader: the tgid. */
static __always_inline u32 task__nr(struct task_struct *task)
{
	if (own_level)
		return pid__nr(BPF_CORE_READ(task, thread_pid), own_level);
	return BPF_CORE_READ(task, pid);
}

#endif
