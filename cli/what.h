/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WHAT of "fdscope who": from words to the question that the daemon is asked.  No output.
 */
#ifndef FDSCOPE_CLI_WHAT_H
#define FDSCOPE_CLI_WHAT_H

#include <stddef.h>

#define WHAT_TARGET_SZ 96
#define WHAT_FORMS     "a path, inode:MAJOR:MINOR:INODE, port:N, pid:N fd:M, ofd:ID or deleted"

struct what {
	/* A path that is to be opened and asked about by its descriptor; NULL: `target` is whole.
	 */
	const char *path;
	char target[WHAT_TARGET_SZ]; /* path and query; of a path without the number at its end */
};

/*
 * One word or two ("pid:N" "fd:M", which may also be one with a blank between).  What has no such
 * form is a path; a path that looks like one is written with "./" in front.  0; -EINVAL, and
 * *ret_why says what is wrong with which word.
 */
int what__parse(const char *word, const char *second, struct what *ret, const char **ret_why);

/*
 * The question into ret_target.  A path is opened with O_PATH, which neither reads nor waits, and
 * *ret_fd is to be closed once the daemon has answered; else it is -1.  0 or -errno.
 */
int what__resolve(const struct what *w, char ret_target[WHAT_TARGET_SZ], int *ret_fd);

#endif
