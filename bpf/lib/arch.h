/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System call number and arguments out of the registers that sys_exit hands over.
 */
#ifndef FDSCOPE_ARCH_H
#define FDSCOPE_ARCH_H

#include "lib/ktypes.h"

#if defined(__TARGET_ARCH_x86)

struct pt_regs {
	unsigned long di, si, dx, orig_ax;
} __attribute__((preserve_access_index));

#define syscall_nr(regs)   ((u32)(regs)->orig_ax)
#define syscall_arg0(regs) ((regs)->di)
#define syscall_arg1(regs) ((regs)->si)
#define syscall_arg2(regs) ((regs)->dx)
/* TS_COMPAT: made the 32-bit way (also by 64-bit programs, with int $0x80): other numbers. */
#define syscall_is_compat(task) ((task)->thread_info.status & 0x0002)

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
#define syscall_is_compat(task) ((task)->thread_info.flags & (1 << 22))

#else
#error "no register names for this architecture: add them here"
#endif

#endif
