// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hazards in the `trampoline` tier: fentry and fexit.  Of a system call's own function the one
 * argument is its registers.
 */
#include "hazard/epoll_fork.h"

SEC("fexit/" SYSCALL_FUNC(epoll_create1))
int on_epoll_create1(unsigned long long *ctx)
{
	epoll_fork__created(current_task(), ctx[1]);
	return 0;
}

SEC("fexit/" SYSCALL_FUNC(epoll_create))
int on_epoll_create(unsigned long long *ctx)
{
	epoll_fork__created(current_task(), ctx[1]);
	return 0;
}

SEC("fexit/" SYSCALL_FUNC(epoll_ctl))
int on_epoll_ctl(unsigned long long *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];

	if (!(long)ctx[1])
		epoll_fork__changed(ctx, current_task(), SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
				    SYSCALL_ARG(regs, 2));
	return 0;
}
