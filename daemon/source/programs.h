/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which hook plays which role in which tier: the one table that loading and attaching go by.
 */
#ifndef FDSCOPE_PROGRAMS_H
#define FDSCOPE_PROGRAMS_H

#include "source/tier.h"

#include <stddef.h>

enum program_role {
	ROLE_BIRTH,  /* a files table is made by fork */
	ROLE_EXEC,   /* exec made it private and closed what has FD_CLOEXEC */
	ROLE_DEATH,  /* its last user ends */
	ROLE_CHANGE, /* descriptors come and go, calls fail, limits are set */
};

struct program {
	const char *name; /* of the BPF program in the events skeleton */
	enum program_role role;
	unsigned int tiers; /* TIER_BIT()s of the tiers that use it */
};

extern const struct program programs[];
extern const size_t program_cnt;

/* Whether there are programs that make the tier what it is. */
bool programs__find(enum tier tier);

#endif
