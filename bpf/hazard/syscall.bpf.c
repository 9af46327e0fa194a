// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hazards in the `syscall` tier: one hook at the beginning of every system call and one at the end,
 * each attached only if a hazard that is enabled needs it.  32-bit calls are not looked at.
 */
#include "hazard/epoll_fork.h"

#include <bpf/bpf_tracing.h>

/* enum fds_hazard_call by system call number of this machine; filled in before loading. */
const volatile __u8 hazard_call[FDS_SYSCALL_CNT];

static __always_inline u32 find_call(struct task_struct *task, u64 nr)
{
	barrier_var(nr); /* so that the register that is checked is the one that indexes */
	if (nr >= FDS_SYSCALL_CNT || !hazard_call[nr] || syscall_is_compat(task))
		return FDS_CALL_NONE;
	return hazard_call[nr];
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_call_enter, struct pt_regs *regs, long nr)
{
	struct task_struct *task = current_task();

	switch (find_call(task, (u32)nr)) {
	default:
		break;
	}
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_call_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = current_task();

	switch (find_call(task, syscall_nr(regs))) {
	case FDS_CALL_EPOLL_CREATE:
		epoll_fork__created(task, ret);
		break;
	case FDS_CALL_EPOLL_CTL:
		if (!ret)
			epoll_fork__changed(ctx, task, syscall_arg0(regs), syscall_arg1(regs),
					    syscall_arg2(regs));
		break;
	}
	return 0;
}
