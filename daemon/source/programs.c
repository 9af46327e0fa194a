// SPDX-License-Identifier: GPL-2.0-or-later
/* Tiers and the programs that make them; see tier.h and programs.h. */
#include "source/programs.h"

const struct tier_info tiers[TIER_CNT] = {
	[TIER_TRAMPOLINE] = {"trampoline", true, true, true, NULL},
	[TIER_KPROBE] = {"kprobe", true, true, true, NULL},
	[TIER_SYSCALL] = {"syscall", true, true, true,
			  "costs every system call of the host about 100 ns; changes made to a "
			  "process from outside show with the next truth pass"},
	[TIER_SAMPLE] = {"sample", true, true, false,
			 "no opens, closes and failures; peaks between two passes are not seen"},
	[TIER_PROCFS] = {"procfs", false, false, false,
			 "reads /proc: slow on large hosts; no opens, closes, failures and open "
			 "file descriptions; without root only one's own processes in full"},
};

#define HOOKED                                                                                     \
	(TIER_BIT(TIER_TRAMPOLINE) | TIER_BIT(TIER_KPROBE) | TIER_BIT(TIER_SYSCALL) |              \
	 TIER_BIT(TIER_SAMPLE))

const struct program programs[] = {
	{"on_newtask", ROLE_BIRTH, HOOKED},
	{"on_exec", ROLE_EXEC, HOOKED},
	{"on_exit", ROLE_DEATH, HOOKED},
	{"on_sys_exit", ROLE_CHANGE, TIER_BIT(TIER_SYSCALL)},
};

const size_t program_cnt = sizeof(programs) / sizeof(programs[0]);

/* The role without which a tier is none. */
static enum program_role role_needed(enum tier tier)
{
	return tiers[tier].counts ? ROLE_CHANGE : ROLE_BIRTH;
}

bool programs__find(enum tier tier)
{
	for (size_t i = 0; i < program_cnt; i++)
		if (programs[i].role == role_needed(tier) && programs[i].tiers & TIER_BIT(tier))
			return true;
	return false;
}
