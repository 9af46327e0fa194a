// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The `syscall` tier: one hook at the end of every system call, which leaves at once but for those
 * that make or close descriptors.  Misses what changes a table without a system call of its own
 * (io_uring workers, a seccomp supervisor): truth passes set that right.
 */
#include "lib/account.h"
#include "lib/arch.h"
#include "lib/ktypes.h"

#include <bpf/bpf_tracing.h>

/* enum fds_syscall_action by system call number of this machine; filled in before loading. */
const volatile __u8 syscall_action[FDS_SYSCALL_CNT];

static __always_inline bool is_fd_failure(struct task_struct *task, u32 action,
					  struct pt_regs *regs, long ret)
{
	struct signal_struct *signal;
	s32 fd;

	if (ret == -EMFILE || ret == -ENFILE)
		return true;
	/* These name a number beyond the limit and say something else. */
	if (!(action == FDS_SYS_DUP2 && ret == -EBADF) &&
	    !(action == FDS_SYS_FCNTL && ret == -EINVAL))
		return false;
	fd = action == FDS_SYS_DUP2 ? syscall_arg1(regs) : syscall_arg2(regs);
	signal = FETCH(task, signal);
	return fd >= 0 && (u64)fd >= FETCH(signal, rlim[RLIMIT_NOFILE].rlim_cur);
}

/* Whether the slot was in use shows only in the sum. */
static __always_inline void apply_dup2(struct files_struct *files, struct fds_table *t)
{
	s64 before = table__count(t);

	account__recount(files, t, LARGE_WORDS);
	if (table__count(t) != before)
		return;
	__sync_fetch_and_add(&t->opens, 1);
	__sync_fetch_and_add(&t->closes, 1);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	u64 nr = syscall_nr(regs);
	struct files_struct *files;
	struct task_struct *task;
	struct fds_table *t;
	bool recounts;
	u32 action;

	barrier_var(nr); /* so that the register that is checked is the one that indexes */
	task = current_task();
	if (syscall_is_compat(task)) {
		action = FDS_SYS_RECOUNT;
	} else {
		if (nr >= FDS_SYSCALL_CNT)
			return 0;
		action = syscall_action[nr];
	}
	switch (action) {
	case FDS_SYS_NONE:
		return 0;
	case FDS_SYS_FCNTL:
		if ((u32)syscall_arg1(regs) != F_DUPFD &&
		    (u32)syscall_arg1(regs) != F_DUPFD_CLOEXEC)
			return 0;
		break;
	case FDS_SYS_GETSOCKOPT:
		if (ret || (u32)syscall_arg1(regs) != SOL_SOCKET ||
		    (u32)syscall_arg2(regs) != SO_PEERPIDFD)
			return 0;
		break;
	case FDS_SYS_PRLIMIT:
		if (ret || (u32)syscall_arg1(regs) != RLIMIT_NOFILE || !syscall_arg2(regs))
			return 0;
		account__limit(task, syscall_arg0(regs), FETCH(task, files));
		return 0;
	case FDS_SYS_SETRLIMIT:
		if (ret || (u32)syscall_arg0(regs) != RLIMIT_NOFILE)
			return 0;
		account__limit(task, 0, FETCH(task, files));
		return 0;
	case FDS_SYS_RECOUNT:
	case FDS_SYS_RECOUNT_ALL:
	case FDS_SYS_RECOUNT_ASYNC:
		/* EFAULT may come after the deed: recvmsg() that cannot write its msghdr. */
		if (ret < 0 && ret != -EFAULT)
			return 0;
		break;
	}

	files = FETCH(task, files);
	if (!files) /* a kernel thread's system call, or past exit_files() */
		return 0;
	t = table__find(files);
	if (!t) {
		/* unshare() gave it a new table, or the hooks came later than the table. */
		t = account__birth(task, files);
		if (!t)
			return 0;
		/* What this call did is in the count already, unless others work on it too. */
		if (ret >= 0) {
			if (FETCH(files, count.counter) > 1)
				t->dirty = FDS_DIRT_SMALL;
			return 0;
		}
	}
	recounts = action == FDS_SYS_RECOUNT || action == FDS_SYS_RECOUNT_ALL ||
		   action == FDS_SYS_RECOUNT_ASYNC;
	if (ret < 0 && !(ret == -EFAULT && recounts) && action != FDS_SYS_CLOSE) {
		if (is_fd_failure(task, action, regs, ret))
			account__failure(ctx, task, FDS_CAUSE_UNKNOWN, -ret, nr);
		return 0;
	}
	switch (action) {
	case FDS_SYS_NEW_ASYNC:
		t->async = 1;
		/* fallthrough */
	case FDS_SYS_NEW:
		account__open(t, 1);
		break;
	case FDS_SYS_NEW_PAIR:
		account__open(t, 2);
		break;
	case FDS_SYS_CLOSE:
		/* Whatever else it says, the number is free again. */
		if (ret != -EBADF)
			account__close(t);
		break;
	case FDS_SYS_DUP2:
		if (syscall_arg0(regs) != syscall_arg1(regs))
			apply_dup2(files, t);
		break;
	case FDS_SYS_FCNTL:
		account__open(t, 1);
		break;
	case FDS_SYS_RECOUNT_ASYNC:
		t->async = 1;
		/* fallthrough */
	case FDS_SYS_RECOUNT_ALL:
		account__recount(files, t, LARGE_WORDS);
		break;
	case FDS_SYS_GETSOCKOPT:
	case FDS_SYS_RECOUNT:
		account__recount(files, t, SMALL_WORDS);
		break;
	}
	return 0;
}
