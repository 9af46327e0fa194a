/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listening Unix socket: bound by us so that two daemons can never both have the path, or
 * handed over by the service manager (sd_listen_fds(3)).
 */
#ifndef FDSCOPE_LISTEN_H
#define FDSCOPE_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

struct listener {
	int fd;	     /* -1: none */
	int lock_fd; /* flock'ed for as long as the path is ours; -1: handed over */
	char *path;
	char *lock_path;
	dev_t dev; /* of the socket's own inode in the file system */
	ino_t ino;
};

/*
 * Everything that goes wrong has been logged in one line when this returns: -ENOTSOCK (something
 * else is at the path; it is left alone), -EADDRINUSE (somebody answers there), -ENAMETOOLONG, or
 * another -errno.  The parent directory is made if it is missing.
 */
int listener__init(struct listener *ret, const char *path);

/* Closes, and removes the socket from the file system if it is still this one. */
void listener__done(struct listener *l);

#endif
