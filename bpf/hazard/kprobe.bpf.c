// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hazards in the `kprobe` tier: the functions of the trampoline tier.  What is asked at a return is
 * in the registers of user space still.
 */
#include "hazard/epoll_fork.h"
#include "hazard/limit_excessive.h"
#include "hazard/nonblock_shared.h"
#include "hazard/select_1024.h"
#include "hazard/truncate_before_lock.h"

/* As in the trampoline tier. */
extern const volatile __u32 do_truncate_args;

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

SEC("kprobe/" SYSCALL_FUNC(select))
int at_select(struct pt_regs *ctx)
{
	struct pt_regs *regs = (void *)func_arg0(ctx);

	select_1024__called(ctx, current_task(), SYSCALL_ARG(regs, 0));
	return 0;
}

SEC("kprobe/" SYSCALL_FUNC(pselect6))
int at_pselect6(struct pt_regs *ctx)
{
	struct pt_regs *regs = (void *)func_arg0(ctx);

	select_1024__called(ctx, current_task(), SYSCALL_ARG(regs, 0));
	return 0;
}

SEC("kprobe/do_truncate")
int at_do_truncate(struct pt_regs *ctx)
{
	if (do_truncate_args == 4)
		truncate__begins((void *)func_arg0(ctx), func_arg1(ctx), func_arg2(ctx),
				 (void *)func_arg3(ctx));
	else
		truncate__begins((void *)func_arg1(ctx), func_arg2(ctx), func_arg3(ctx),
				 (void *)func_arg4(ctx));
	return 0;
}

SEC("kprobe/security_file_free")
int at_security_file_free(struct pt_regs *ctx)
{
	truncate__forget((void *)func_arg0(ctx));
	return 0;
}

SEC("kprobe/" SYSCALL_FUNC(flock))
int at_flock(struct pt_regs *ctx)
{
	struct pt_regs *regs = (void *)func_arg0(ctx);

	truncate__flock(ctx, current_task(), SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1));
	return 0;
}

SEC("kprobe/" SYSCALL_FUNC(fcntl))
int at_fcntl(struct pt_regs *ctx)
{
	struct pt_regs *regs = (void *)func_arg0(ctx);

	if (hazard__is_enabled(FDS_HAZARD_TRUNCATE_BEFORE_LOCK))
		truncate__fcntl(ctx, current_task(), SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
				SYSCALL_ARG(regs, 2));
	nonblock_shared__fcntl(ctx, SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
			       SYSCALL_ARG(regs, 2));
	return 0;
}

SEC("kprobe/" SYSCALL_FUNC(ioctl))
int at_ioctl(struct pt_regs *ctx)
{
	struct pt_regs *regs = (void *)func_arg0(ctx);

	nonblock_shared__ioctl(ctx, SYSCALL_ARG(regs, 0), SYSCALL_ARG(regs, 1),
			       SYSCALL_ARG(regs, 2));
	return 0;
}

SEC("kprobe/" SYSCALL_FUNC(close))
int at_close(struct pt_regs *ctx)
{
	struct pt_regs *regs = (void *)func_arg0(ctx);

	limit_excessive__closes(ctx, SYSCALL_ARG(regs, 0));
	return 0;
}
