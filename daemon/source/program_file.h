/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a program that failed, found again by what the failure's record tells of it: device,
 * inode, and the names from the file up to the root of its file system.
 */
#ifndef FDSCOPE_PROGRAM_FILE_H
#define FDSCOPE_PROGRAM_FILE_H

#include "fdscope/record.h"

#include <stdbool.h>
#include <stddef.h>

/* A mount, as a line of /proc/self/mountinfo tells of it.  The strings lie in the line. */
struct mount {
	unsigned int id;
	unsigned int major, minor;
	const char *root;  /* what of the file system is mounted */
	const char *point; /* where */
	const char *type;
};

/* Takes the line apart in place; false: no such line. */
bool mount__parse(char *line, struct mount *ret);

/*
 * A path within a file system below `root` of it: what follows; NULL: it lies elsewhere.  "" for
 * the root itself.
 */
const char *mount__below(const struct mount *m, const char *path);

/*
 * The path of the program within its file system ("/usr/bin/x").  Of one that the record does not
 * hold whole, the end of it after "...".  -ENOENT: the record has none, -ENOSPC.
 */
int program_file__path_within(const struct fds_failure *f, char *buf, size_t buf_sz);

/*
 * Whether the process whose folder in /proc this is runs a program of that name: else it has called
 * exec since it failed, or has ended.  True where the record has no name.
 */
bool program_file__is_run_by(const struct fds_failure *f, int process);

struct program_file {
	char *path;    /* as we see it; where its file system is not mounted for us, within that */
	int fd;	       /* -1: it was not opened */
	bool verified; /* it is the one that ran */
};

/*
 * Looks through the mounts.  A file is opened on file systems of this machine only, since others
 * may keep us waiting.  -ENOENT: nothing is known of it; -errno.
 */
int program_file__find(const struct fds_failure *f, struct program_file *ret);
void program_file__done(struct program_file *p);

#endif
