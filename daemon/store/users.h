/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each user has of what the kernel allows a user only so many of, and how many that is.
 */
#ifndef FDSCOPE_USERS_H
#define FDSCOPE_USERS_H

#include "fdscope/kinds.h"
#include "fdscope/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USERS_MAX 4096 /* with any use; those with higher numbers are left out, and counted */

struct user_use {
	uint32_t uid;
	bool approximate;		  /* epoll watches are */
	uint64_t use[FDS_USER_LIMIT_CNT]; /* FDS_UNKNOWN: this kernel does not tell */
};

/* All zero: nothing is known yet. */
struct users {
	struct user_use *list; /* those with any use, ascending by uid */
	size_t cnt, cap;
	uint64_t limits[FDS_USER_LIMIT_CNT]; /* FDS_RLIM_INFINITY: none, or not known */
	uint64_t taken_ns;		     /* CLOCK_BOOTTIME; 0: never */
	uint64_t refused;		     /* users not kept, in the last round */
};

void users__done(struct users *u);

/* A round: begin, one apply per record, end.  Apply returns 0, or -ENOMEM and counts it. */
void users__begin(struct users *u);
int users__apply(struct users *u, const struct fds_user_rec *rec);
void users__end(struct users *u, uint64_t now_ns);

/* NULL: it has nothing of any. */
const struct user_use *users__find(const struct users *u, uint32_t uid);

/* In parts of the limit; negative: not known, or there is no limit. */
double users__used_ratio(const struct users *u, const struct user_use *use,
			 enum fds_user_limit limit);

/* "inotify_instances" and so on. */
const char *users__limit_name(enum fds_user_limit limit);

#endif
