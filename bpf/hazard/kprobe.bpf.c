// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hazards in the `kprobe` tier: the functions of the trampoline tier.  What is asked at a return is
 * in the registers of user space still.
 */
#include "hazard/epoll_fork.h"

SEC("kretprobe/" SYSCALL_FUNC(epoll_create1))
int at_epoll_create1(struct pt_regs *ctx)
{
	epoll_fork__created(current_task(), func_result(ctx));
	return 0;
}

SEC("kretprobe/" SYSCALL_FUNC(epoll_create))
int at_epoll_create(struct pt_regs *ctx)
{
	epoll_fork__created(current_task(), func_result(ctx));
	return 0;
}

SEC("kretprobe/" SYSCALL_FUNC(epoll_ctl))
int at_epoll_ctl(struct pt_regs *ctx)
{
	struct task_struct *task = current_task();
	struct pt_regs *regs = current_regs(task);

	if (!func_result(ctx))
		epoll_fork__changed(ctx, task, SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
				    SYSCALL_ARG(regs, 2));
	return 0;
}
