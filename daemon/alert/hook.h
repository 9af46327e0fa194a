/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hook: a program that is run for the steps of an alert.  It owns nothing and is copied as it is.
 */
#ifndef FDSCOPE_HOOK_H
#define FDSCOPE_HOOK_H

#include <stdint.h>
#include <sys/types.h>

#define HOOK_NAME_SZ	32
#define HOOK_PROGRAM_SZ 256
#define HOOK_USER_SZ	64
#define HOOK_HOME_SZ	128
#define HOOK_WHERE_SZ	128

struct hook {
	char name[HOOK_NAME_SZ];
	char program[HOOK_PROGRAM_SZ]; /* absolute; no arguments, no shell */
	char user[HOOK_USER_SZ];
	uint64_t timeout_ns;
	uint32_t on; /* bits 1 << enum alert_step */
	/* What hook__check() found the user to be. */
	uid_t uid;
	gid_t gid;
	uint32_t pad;
	char home[HOOK_HOME_SZ];
	char where[HOOK_WHERE_SZ]; /* "PATH:LINE" where it was last written of; "": nowhere */
};

/*
 * Whether it can be run and by nobody but root be made to run something else: -EINVAL and a
 * sentence in *ret_error (to be freed; NULL for want of memory).  Fills in the user.
 */
int hook__check(struct hook *h, char **ret_error);

/* The same of the program alone, which takes no descriptor: before each run. */
int hook__check_program(const struct hook *h, char **ret_error);

#endif
