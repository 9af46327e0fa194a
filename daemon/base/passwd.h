/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of local users, read once from /etc/passwd.  Not through the name service, which may ask
 * the network and block the daemon's loop: users that are only known there keep their number.
 */
#ifndef FDSCOPE_PASSWD_H
#define FDSCOPE_PASSWD_H

#include <stddef.h>
#include <sys/types.h>

#define PASSWD_NAME_SZ	 64
#define PASSWD_NAMES_MAX 4096 /* users that are read; more keep their number */

struct passwd_names {
	struct passwd_entry *entries; /* sorted by uid */
	size_t cnt;
};

/* Leaves it empty where /etc/passwd cannot be read. */
void passwd__init(struct passwd_names *ret);
void passwd__done(struct passwd_names *names);

/* The name, or the number as text, in `buf`. */
const char *passwd__name(const struct passwd_names *names, uid_t uid,
			 char buf[static PASSWD_NAME_SZ]);

#endif
