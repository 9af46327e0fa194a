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
	/* What a counting tier needs besides: one of these three, */
	ROLE_SYSCALL, /* the end of every system call */
	ROLE_INSTALL, /* a file gets a number */
	ROLE_ALLOC,   /* a number is asked for */
	/* with the last of them this, */
	ROLE_UNUSED, /* a number is given back without a file */
	/* and with the last two these. */
	ROLE_DUP2,  /* a file gets a number that may be in use */
	ROLE_CLOSE, /* a number is given up */
	ROLE_COPY,  /* a table is copied */
	/* What it does without, and then sees less. */
	ROLE_NO_NUMBER,	  /* no number is free below the limit; with ROLE_INSTALL */
	ROLE_DUP3,	  /* dup2 to a number at or above the limit */
	ROLE_DUPFD,	  /* F_DUPFD from there */
	ROLE_LIMIT,	  /* RLIMIT_NOFILE is set */
	ROLE_UCOUNT,	  /* a user has as many inotify instances, watches or the like as allowed */
	ROLE_PIPE,	  /* or as many pages in pipes */
	ROLE_FILE_MAX,	  /* the host has as many open file descriptions as allowed */
	ROLE_EPOLL_WATCH, /* a user watches as many descriptors as allowed */
	ROLE_CNT
};

struct program {
	const char *name; /* of the BPF program in the events skeleton */
	enum program_role role;
	unsigned int tiers; /* TIER_BIT()s of the tiers that use it */
	const char *target; /* kernel function it needs; NULL: none.  Of several programs for
			       one role the first is used whose target is there and, where the
			       tier can do without the role, which the kernel takes */
	const char *entry;  /* the program that remembers for it what the function was asked */
};

/* What a tier cannot do without. */
static inline bool program_role__is_needed(enum program_role role)
{
	return role < ROLE_NO_NUMBER;
}

/*
 * On the way of every open or epoll_ctl, and with something to say only near limits that most hosts
 * never come near: attached when they do.
 */
static inline bool program_role__is_on_demand(enum program_role role)
{
	return role == ROLE_FILE_MAX || role == ROLE_EPOLL_WATCH;
}

extern const struct program programs[];
extern const size_t program_cnt;

#endif
