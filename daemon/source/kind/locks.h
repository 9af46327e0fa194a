/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks of files: the lines of /proc/locks and those of fdinfo, which are of one shape.
 */
#ifndef FDSCOPE_LOCKS_H
#define FDSCOPE_LOCKS_H

#include "source/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lock_line {
	uint64_t id;	  /* number of the line; those who wait have that of the lock they want */
	bool waits;	  /* "->": not held yet */
	const char *type; /* as in file_lock */
	const char *mode;
	uint32_t pid; /* 0: none is named, as for OFD locks */
	uint32_t major, minor;
	uint64_t inode;
	uint64_t start, end;
};

/* "1: POSIX  ADVISORY  WRITE 359 08:01:4711 0 EOF"; false: not such a line. */
bool lock_line__parse(const char *s, struct lock_line *ret);

/* Lines of a text, behind `key` each; at most `max`.  *ret is malloc'd.  0 or -ENOMEM. */
int lock_lines__parse(const char *text, const char *key, size_t max, struct lock_line **ret,
		      size_t *ret_cnt);

/*
 * Adds the locks that `fdinfo` of a row tells, and of `all` who waits for them; whois fills in what
 * is known of a waiter, false: it is gone.
 */
int locks__add(struct file_list *l, struct file_row *row, const char *fdinfo,
	       const struct lock_line *all, size_t cnt,
	       bool (*whois)(uint32_t pid, struct file_process *ret));

#endif
