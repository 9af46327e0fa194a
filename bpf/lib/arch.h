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
	unsigned long r10, r8, cx, ax, dx, si, di, orig_ax;
} __attribute__((preserve_access_index));

#define syscall_number(regs) ((regs)->orig_ax)
#define syscall_nr(regs)     ((u32)(regs)->orig_ax)
#define syscall_arg0(regs)   ((regs)->di)
#define syscall_arg1(regs)   ((regs)->si)
#define syscall_arg2(regs)   ((regs)->dx)
/* TS_COMPAT: made the 32-bit way (also by 64-bit programs, with int $0x80): other numbers. */
#define syscall_is_compat(task) (FETCH(task, thread_info.status) & 0x0002)
/* The kernel's function of a system call, whose one argument is the registers of user space. */
#define SYSCALL_FUNC(name) "__x64_sys_" #name
/* Of a kernel function: its arguments at the entry, its result at the end. */
#define func_arg0(regs)	  ((regs)->di)
#define func_arg1(regs)	  ((regs)->si)
#define func_arg2(regs)	  ((regs)->dx)
#define func_arg3(regs)	  ((regs)->cx)
#define func_arg4(regs)	  ((regs)->r8)
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

#define syscall_number(regs)	((regs)->syscallno)
#define syscall_nr(regs)	((u32)(regs)->syscallno)
#define syscall_arg0(regs)	((regs)->orig_x0)
#define syscall_arg1(regs)	((regs)->regs[1])
#define syscall_arg2(regs)	((regs)->regs[2])
/* TIF_32BIT: a 32-bit program, whose calls have other numbers. */
#define syscall_is_compat(task) (FETCH(task, thread_info.flags) & (1 << 22))
#define SYSCALL_FUNC(name)	"__arm64_sys_" #name
#define func_arg0(ctx)		((ctx)->regs[0])
#define func_arg1(ctx)		((ctx)->regs[1])
#define func_arg2(ctx)		((ctx)->regs[2])
#define func_arg3(ctx)		((ctx)->regs[3])
#define func_arg4(ctx)		((ctx)->regs[4])
#define func_result(ctx)	((ctx)->regs[0])

#else
#error "no register names for this architecture: add them here"
#endif

#define SYSCALL_NR(regs) ((u32)BPF_CORE_READ_REG(syscall_number(regs)))
/* By a probe read: registers that the verifier does not know. */
#define SYSCALL_ARG(regs, i) BPF_CORE_READ_REG(syscall_arg##i(regs))
#define BPF_CORE_READ_REG(member)                                                                  \
	({                                                                                         \
		unsigned long reg_ = 0;                                                            \
                                                                                                   \
		bpf_core_read(&reg_, sizeof(reg_), &(member));                                     \
		reg_;                                                                              \
	})

/*
 * The registers of user space of the running task, as current_task() gave it; NULL: they cannot be
 * told.  bpf_task_pt_regs() came with 5.15.
 */
static __always_inline struct pt_regs *current_regs(struct task_struct *task)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (void *)bpf_task_pt_regs(task);
#ifdef KERNEL_STACK_SZ
	return BPF_CORE_READ(task, stack) + KERNEL_STACK_SZ - bpf_core_type_size(struct pt_regs);
#else
	return NULL;
#endif
}

/*
 * The system call that the running task is in, as current_task() gave it; ~0: in none (a kernel's
 * worker), or it cannot be told.
 */
static __always_inline u32 current_syscall(struct task_struct *task)
{
	if (BPF_CORE_READ(task, flags) & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return ~0u;
	if (syscall_is_compat(task)) /* the number has another name */
		return ~0u;
	return SYSCALL_NR(current_regs(task));
}

#endif
