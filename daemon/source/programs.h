/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which hook plays which role in which tier: the one table that loading and attaching go by.
 */
#ifndef FDSCOPE_PROGRAMS_H
#define FDSCOPE_PROGRAMS_H

#include "source/tier.h"

#include <stddef.h>

enum program_role {
	ROLE_BIRTH, /* a process is made, with a files table of its own or not */
	ROLE_EXEC,  /* exec made the table private and closed what has FD_CLOEXEC */
	ROLE_DEATH, /* the last user of a table ends */
	/* What a counting tier needs besides: either of these two... */
	ROLE_SYSCALL, /* the end of every system call */
	ROLE_INSTALL, /* a file gets a number */
	/* ... and with the latter */
	ROLE_DUP2,    /* a file gets a number that may be in use */
	ROLE_CLOSE,   /* a number is given up */
	ROLE_COPY,    /* a table is copied */
	ROLE_FAILURE, /* no number is free */
	ROLE_LIMIT,   /* RLIMIT_NOFILE is set */
	ROLE_CNT
};

struct program {
	const char *name; /* of the BPF program in the events skeleton */
	enum program_role role;
	unsigned int tiers; /* TIER_BIT()s of the tiers that use it */
	const char *target; /* kernel function it needs; NULL: none.  Of several programs for
			       one role the first whose target is there is used */
	bool optional;	    /* the tier does without, and sees less */
};

extern const struct program programs[];
extern const size_t program_cnt;

/* Whether there are programs that make the tier what it is. */
bool programs__find(enum tier tier);

#endif
