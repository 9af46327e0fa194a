// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hazards in the `trampoline` tier: fentry and fexit.  Of a system call's own function the one
 * argument is its registers, of a type that 5.10 knows by name alone, so that the verifier refuses
 * to load it: they are found from the task.
 */
#include "hazard/epoll_fork.h"
#include "hazard/limit_excessive.h"
#include "hazard/nonblock_shared.h"
#include "hazard/select_1024.h"
#include "hazard/truncate_before_lock.h"
#include "lib/context.h"

/* Until 5.11; later versions have one in front. */
const volatile __u32 do_truncate_args = 4;

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
	struct task_struct *task = current_task();
	struct pt_regs *regs = current_regs(task);

	if (!(long)ctx[1])
		epoll_fork__changed(ctx, task, SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
				    SYSCALL_ARG(regs, 2));
	return 0;
}

SEC("fentry/" SYSCALL_FUNC(select))
int on_select(unsigned long long *ctx)
{
	struct pt_regs *regs = current_regs(current_task());

	select_1024__called(ctx, current_task(), SYSCALL_ARG(regs, 0));
	return 0;
}

SEC("fentry/" SYSCALL_FUNC(pselect6))
int on_pselect6(unsigned long long *ctx)
{
	struct pt_regs *regs = current_regs(current_task());

	select_1024__called(ctx, current_task(), SYSCALL_ARG(regs, 0));
	return 0;
}

SEC("fentry/do_truncate")
int on_do_truncate(unsigned long long *ctx)
{
	if (do_truncate_args == 4)
		truncate__begins((void *)context_word(ctx, 0), context_word(ctx, 1),
				 context_word(ctx, 2), (void *)context_word(ctx, 3));
	else
		truncate__begins((void *)context_word(ctx, 1), context_word(ctx, 2),
				 context_word(ctx, 3), (void *)context_word(ctx, 4));
	return 0;
}

SEC("fentry/security_file_free")
int on_security_file_free(unsigned long long *ctx)
{
	truncate__forget((void *)ctx[0]);
	return 0;
}

SEC("fentry/" SYSCALL_FUNC(flock))
int on_flock(unsigned long long *ctx)
{
	struct pt_regs *regs = current_regs(current_task());

	truncate__flock(ctx, current_task(), SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1));
	return 0;
}

SEC("fentry/" SYSCALL_FUNC(fcntl))
int on_fcntl(unsigned long long *ctx)
{
	struct pt_regs *regs = current_regs(current_task());

	if (hazard__is_enabled(FDS_HAZARD_TRUNCATE_BEFORE_LOCK))
		truncate__fcntl(ctx, current_task(), SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
				SYSCALL_ARG(regs, 2));
	nonblock_shared__fcntl(ctx, SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
			       SYSCALL_ARG(regs, 2));
	return 0;
}

SEC("fentry/" SYSCALL_FUNC(ioctl))
int on_ioctl(unsigned long long *ctx)
{
	struct pt_regs *regs = current_regs(current_task());

	nonblock_shared__ioctl(ctx, SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
			       SYSCALL_ARG(regs, 2));
	return 0;
}

/* At its end one comparison is all that an ordinary close pays for. */
SEC("fexit/" SYSCALL_FUNC(close))
int on_close(unsigned long long *ctx)
{
	struct task_struct *task = current_task();

	if ((long)ctx[1] == -EBADF)
		limit_excessive__missed(ctx, task, SYSCALL_ARG(current_regs(task), 0));
	return 0;
}
