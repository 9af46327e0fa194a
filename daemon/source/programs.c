// SPDX-License-Identifier: GPL-2.0-or-later
/* Tiers and the programs that make them; see tier.h and programs.h. */
#include "source/programs.h"

const struct tier_info tiers[TIER_CNT] = {
	[TIER_TRAMPOLINE] = {"trampoline", true, true, true, true, true, NULL},
	[TIER_KPROBE] = {"kprobe", true, true, true, true, false, NULL},
	[TIER_SYSCALL] = {"syscall", true, true, true, false, false,
			  "costs every system call of the host 100 to 150 ns; changes made to a "
			  "process from outside show with the next truth pass"},
	[TIER_SAMPLE] = {"sample", true, true, false, false, false,
			 "no opens, closes and failures; peaks between two passes are not seen"},
	[TIER_PROCFS] = {"procfs", false, false, false, false, false,
			 "reads /proc: slow on large hosts; no opens, closes, failures and open "
			 "file descriptions; without root only one's own processes in full"},
};

#define HOOKED                                                                                     \
	(TIER_BIT(TIER_TRAMPOLINE) | TIER_BIT(TIER_KPROBE) | TIER_BIT(TIER_SYSCALL) |              \
	 TIER_BIT(TIER_SAMPLE))

#define TRAMPOLINE(role, function)                                                                 \
	{                                                                                          \
		"on_" #function, role, TIER_BIT(TIER_TRAMPOLINE), #function, NULL                  \
	}
#define KPROBE(role, function)                                                                     \
	{                                                                                          \
		"at_" #function, role, TIER_BIT(TIER_KPROBE), #function, NULL                      \
	}
/* At its return, with what it was asked at its entry. */
#define PAIR(role, function, tiers)                                                                \
	{                                                                                          \
		"after_" #function, role, tiers, #function, "at_" #function                        \
	}
#define BOTH(role, function) TRAMPOLINE(role, function), KPROBE(role, function)

const struct program programs[] = {
	{"on_newtask", ROLE_BIRTH, HOOKED, NULL, NULL},
	{"on_exec", ROLE_EXEC, HOOKED, NULL, NULL},
	{"on_exit", ROLE_DEATH, HOOKED, NULL, NULL},
	{"on_sys_exit", ROLE_SYSCALL, TIER_BIT(TIER_SYSCALL), NULL, NULL},
	/* With an argument for the table, and the other an inlined shell around it, up to 5.10. */
	TRAMPOLINE(ROLE_ALLOC, alloc_fd),
	TRAMPOLINE(ROLE_ALLOC, __alloc_fd),
	TRAMPOLINE(ROLE_UNUSED, put_unused_fd),
	/* This one the other way round: what is left of the shell, if anything, calls it. */
	KPROBE(ROLE_INSTALL, __fd_install),
	KPROBE(ROLE_INSTALL, fd_install),
	KPROBE(ROLE_NO_NUMBER, alloc_fd),
	KPROBE(ROLE_NO_NUMBER, __alloc_fd),
	BOTH(ROLE_DUP2, do_dup2),
	/* Since 6.6 close() calls the former alone, which the latter calls too. */
	BOTH(ROLE_CLOSE, filp_flush),
	BOTH(ROLE_CLOSE, filp_close),
	BOTH(ROLE_COPY, dup_fd),
	BOTH(ROLE_DUP3, ksys_dup3),
	BOTH(ROLE_DUPFD, f_dupfd),
	TRAMPOLINE(ROLE_LIMIT, do_prlimit),
	PAIR(ROLE_LIMIT, do_prlimit, TIER_BIT(TIER_KPROBE)),
	TRAMPOLINE(ROLE_UCOUNT, inc_ucount),
	/* Trampolines take no structure as an argument before 6.1, and this has one. */
	PAIR(ROLE_UCOUNT, inc_ucount, TIER_BIT(TIER_TRAMPOLINE) | TIER_BIT(TIER_KPROBE)),
	BOTH(ROLE_PIPE, alloc_pipe_info),
	BOTH(ROLE_FILE_MAX, alloc_empty_file),
	BOTH(ROLE_EPOLL_WATCH, do_epoll_ctl),
};

const size_t program_cnt = sizeof(programs) / sizeof(programs[0]);
