/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System call number and arguments out of the registers that sys_exit hands over.
 */
#ifndef FDSCOPE_ARCH_H
#define FDSCOPE_ARCH_H

#include "lib/ktypes.h"
#include "lib/task.h"

#if defined(__TARGET_ARCH_x86)

struct pt_regs {
	unsigned long cx, ax, dx, si, di, orig_ax;
} __attribute__((preserve_access_index));

#define syscall_nr(regs)   ((u32)(regs)->orig_ax)
#define syscall_arg0(regs) ((regs)->di)
#define syscall_arg1(regs) ((regs)->si)
#define syscall_arg2(regs) ((regs)->dx)
/* TS_COMPAT: made the 32-bit way (also by 64-bit programs, with int $0x80): other numbers. */
#define syscall_is_compat(task) (FETCH(task, thread_info.status) & 0x0002)
/* Of a kernel function: its arguments at the entry, its result at the end. */
#define func_arg0(regs)	  ((regs)->di)
#define func_arg1(regs)	  ((regs)->si)
#define func_arg2(regs)	  ((regs)->dx)
#define func_result(regs) ((regs)->ax)
/* Where a task's registers of user space lie at the top of its kernel stack (THREAD_SIZE). */
#define KERNEL_STACK_SZ 16384

#elif defined(__TARGET_ARCH_arm64)

/* regs[0] holds the result by now; orig_x0 what it was. */
struct pt_regs {
	u64 regs[31];
	u64 orig_x0;
	s32 syscallno;
} __attribute__((preserve_access_index));

#define syscall_nr(regs)	((u32)(regs)->syscallno)
#define syscall_arg0(regs)	((regs)->orig_x0)
#define syscall_arg1(regs)	((regs)->regs[1])
#define syscall_arg2(regs)	((regs)->regs[2])
/* TIF_32BIT: a 32-bit program, whose calls have other numbers. */
#define syscall_is_compat(task) (FETCH(task, thread_info.flags) & (1 << 22))
#define func_arg0(ctx)		((ctx)->regs[0])
#define func_arg1(ctx)		((ctx)->regs[1])
#define func_arg2(ctx)		((ctx)->regs[2])
#define func_result(ctx)	((ctx)->regs[0])

#else
#error "no register names for this architecture: add them here"
#endif

/*
 * The system call that the running task is in, as current_task() gave it; ~0: in none (a kernel's
 * worker), or it cannot be told.  bpf_task_pt_regs() came with 5.15.
 */
static __always_inline u32 current_syscall(struct task_struct *task)
{
	struct pt_regs *regs = NULL;

	if (BPF_CORE_READ(task, flags) & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return ~0u;
	if (syscall_is_compat(task)) /* the number has another name */
		return ~0u;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs)) {
		regs = (void *)bpf_task_pt_regs(task);
		return syscall_nr(regs);
	}
#ifdef KERNEL_STACK_SZ
	regs = BPF_CORE_READ(task, stack) + KERNEL_STACK_SZ - bpf_core_type_size(struct pt_regs);
	return BPF_CORE_READ(regs, orig_ax);
#else
	return ~0u;
#endif
}

#endif
