/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts a program as another user, without a copy of the daemon's memory and without opening
 * anything: it has to work when descriptors are gone.
 */
#ifndef FDSCOPE_SPAWN_H
#define FDSCOPE_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

struct spawn {
	const char *program;
	char *const *env; /* the whole environment, ended by NULL */
	int in, out;	  /* stdin; stdout and stderr */
	uid_t uid;
	gid_t gid;
	uint64_t nofile; /* soft limit of descriptors that it gets */
};

/*
 * In a session of its own, so that the group -*ret has all that it starts and that does not hide.
 * 0, or -errno of whatever step failed, exec among them: nothing runs then.
 */
int spawn__start(const struct spawn *s, pid_t *ret);

#endif
