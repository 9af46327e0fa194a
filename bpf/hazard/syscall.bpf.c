// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hazards in the `syscall` tier: one hook at the beginning of every system call and one at the end,
 * each attached only if a hazard that is enabled needs it.  32-bit calls are not looked at.
 */
#include "hazard/epoll_fork.h"
#include "hazard/limit_excessive.h"
#include "hazard/nonblock_shared.h"
#include "hazard/select_1024.h"
#include "hazard/truncate_before_lock.h"

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

/* Of the struct open_how in user space. */
static __always_inline u64 open_how__flags(u64 how)
{
	u64 flags = 0;

	bpf_probe_read_user(&flags, sizeof(flags), (void *)how);
	return flags;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_call_enter, struct pt_regs *regs, long nr)
{
	struct task_struct *task = current_task();

	switch (find_call(task, (u32)nr)) {
	case FDS_CALL_OPEN:
		truncate__open(syscall_arg1(regs));
		break;
	case FDS_CALL_OPENAT:
		truncate__open(syscall_arg2(regs));
		break;
	case FDS_CALL_OPENAT2:
		truncate__open(open_how__flags(syscall_arg2(regs)));
		break;
	case FDS_CALL_CREAT:
		truncate__open(O_TRUNC);
		break;
	case FDS_CALL_SELECT:
		select_1024__called(ctx, task, syscall_arg0(regs));
		break;
	case FDS_CALL_FLOCK:
		truncate__flock(ctx, task, syscall_arg0(regs), syscall_arg1(regs));
		truncate__note(task, syscall_arg0(regs));
		break;
	case FDS_CALL_FCNTL:
		nonblock_shared__fcntl(ctx, syscall_arg0(regs), syscall_arg1(regs),
				       syscall_arg2(regs));
		if (!hazard__is_enabled(FDS_HAZARD_TRUNCATE_BEFORE_LOCK) ||
		    !fcntl_is_lock(syscall_arg1(regs)))
			break;
		truncate__fcntl(ctx, task, syscall_arg0(regs), syscall_arg1(regs),
				syscall_arg2(regs));
		truncate__note(task, syscall_arg0(regs));
		break;
	case FDS_CALL_CLOSE:
		if (hazard__is_enabled(FDS_HAZARD_TRUNCATE_BEFORE_LOCK))
			truncate__closed(task, syscall_arg0(regs));
		break;
	case FDS_CALL_IOCTL:
		nonblock_shared__ioctl(ctx, syscall_arg0(regs), syscall_arg1(regs),
				       syscall_arg2(regs));
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
	case FDS_CALL_OPEN:
		truncate__opened(task, ret, syscall_arg1(regs));
		break;
	case FDS_CALL_OPENAT:
		truncate__opened(task, ret, syscall_arg2(regs));
		break;
	case FDS_CALL_OPENAT2:
		truncate__opened(task, ret, open_how__flags(syscall_arg2(regs)));
		break;
	case FDS_CALL_CREAT:
		truncate__opened(task, ret, O_TRUNC);
		break;
	case FDS_CALL_EPOLL_CTL:
		if (!ret)
			epoll_fork__changed(ctx, task, syscall_arg0(regs), syscall_arg1(regs),
					    syscall_arg2(regs));
		break;
	case FDS_CALL_CLOSE:
		if (ret == -EBADF && hazard__is_enabled(FDS_HAZARD_LIMIT_EXCESSIVE))
			limit_excessive__missed(ctx, task, syscall_arg0(regs));
		break;
	}
	return 0;
}
