/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tiers: the ways of knowing, best first, and what each of them gives.
 */
#ifndef FDSCOPE_TIER_H
#define FDSCOPE_TIER_H

#include <stdbool.h>

enum tier { TIER_TRAMPOLINE, TIER_KPROBE, TIER_SYSCALL, TIER_SAMPLE, TIER_PROCFS, TIER_CNT };

#define TIER_BIT(t) (1u << (t))

struct tier_info {
	const char *name;
	bool iterates;	      /* truth by BPF iterators, else by /proc */
	bool hooks;	      /* BPF programs tell what happens between passes */
	bool counts;	      /* and keep counters per files table */
	bool sees_all;	      /* every change where it happens, whoever makes it */
	bool counts_reserved; /* numbers given out whose file is still to come, too */
	const char *note;     /* what it costs and misses, for people */
};

extern const struct tier_info tiers[TIER_CNT];

#endif
