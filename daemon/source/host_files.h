/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every descriptor of the host, one by one: a walk that can rest between any two of them, in the
 * memory of one read, whatever their number.  From the iterator, from /proc, or both.
 */
#ifndef FDSCOPE_HOST_FILES_H
#define FDSCOPE_HOST_FILES_H

#include "source/files.h"
#include "source/ofd.h"

#include <stdint.h>

struct source;
struct host_files;

/* A descriptor of whatever process. */
struct host_file {
	struct file_row row; /* who else holds its ofd is not looked for; `name` as below */
	uint16_t local_port; /* of inet sockets; 0: none, or not known */
	uint16_t remote_port;
};

/*
 * Begin a walk through all descriptors, or through those that are wanted (of those that only /proc
 * tells: all).  0 or -errno.  A walk through wanted ones must end before the next begins.
 */
int host_files__new(struct source *s, const struct ofd_key *key, const struct fds_wanted *wanted,
		    struct host_files **ret);
/* Accepts NULL. */
void host_files__free(struct host_files *h);

/*
 * The next one: 1 and *ret, whose name is the walk's and valid until the next call; 0: that was
 * all; -EAGAIN: none yet, and a good moment to do something else; other -errno: it cannot go on.
 */
int host_files__next(struct host_files *h, struct host_file *ret);

/* Whether those that come now are from /proc, which does not tell addresses of inodes, ofds and
 * ports. */
bool host_files__is_procfs(const struct host_files *h);

/*
 * Whose the folder /proc/PID/fd is: root's, where the process may not be looked into.  -ESRCH: the
 * process that started then is gone.
 */
int host_files__find_owner(uint32_t pid, uint64_t start_ns, uid_t *ret);

#endif
