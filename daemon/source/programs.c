// SPDX-License-Identifier: GPL-2.0-or-later
/* Tiers and the programs that make them; see tier.h and programs.h. */
#include "source/programs.h"

const struct tier_info tiers[TIER_CNT] = {
	[TIER_TRAMPOLINE] = {"trampoline", true, true, true, true, NULL},
	[TIER_KPROBE] = {"kprobe", true, true, true, true, NULL},
	[TIER_SYSCALL] = {"syscall", true, true, true, false,
			  "costs every system call of the host 100 to 150 ns; changes made to a "
			  "process from outside show with the next truth pass"},
	[TIER_SAMPLE] = {"sample", true, true, false, false,
			 "no opens, closes and failures; peaks between two passes are not seen"},
	[TIER_PROCFS] = {"procfs", false, false, false, false,
			 "reads /proc: slow on large hosts; no opens, closes, failures and open "
			 "file descriptions; without root only one's own processes in full"},
};

#define HOOKED                                                                                     \
	(TIER_BIT(TIER_TRAMPOLINE) | TIER_BIT(TIER_KPROBE) | TIER_BIT(TIER_SYSCALL) |              \
	 TIER_BIT(TIER_SAMPLE))

#define TRAMPOLINE TIER_BIT(TIER_TRAMPOLINE)

const struct program programs[] = {
	{"on_newtask", ROLE_BIRTH, HOOKED, NULL, false},
	{"on_exec", ROLE_EXEC, HOOKED, NULL, false},
	{"on_exit", ROLE_DEATH, HOOKED, NULL, false},
	{"on_sys_exit", ROLE_SYSCALL, TIER_BIT(TIER_SYSCALL), NULL, false},
	{"on_fd_install", ROLE_INSTALL, TRAMPOLINE, "fd_install", false},
	{"on_do_dup2", ROLE_DUP2, TRAMPOLINE, "do_dup2", false},
	{"on_filp_flush", ROLE_CLOSE, TRAMPOLINE, "filp_flush", false},
	{"on_filp_close", ROLE_CLOSE, TRAMPOLINE, "filp_close", false},
	{"on_dup_fd", ROLE_COPY, TRAMPOLINE, "dup_fd", false},
	{"on_alloc_fd", ROLE_FAILURE, TRAMPOLINE, "alloc_fd", true},
	{"on_do_prlimit", ROLE_LIMIT, TRAMPOLINE, "do_prlimit", true},
};

const size_t program_cnt = sizeof(programs) / sizeof(programs[0]);

bool programs__find(enum tier tier)
{
	for (size_t i = 0; i < program_cnt; i++) {
		bool counts = programs[i].role == ROLE_SYSCALL || programs[i].role == ROLE_INSTALL;

		if (programs[i].tiers & TIER_BIT(tier) && (counts || !tiers[tier].counts))
			return true;
	}
	return false;
}
