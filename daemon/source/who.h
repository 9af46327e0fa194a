/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a file, an open file description, a port: the descriptors of the host that a question
 * is about, and which of them share one open file description.
 */
#ifndef FDSCOPE_WHO_H
#define FDSCOPE_WHO_H

#include "source/host_files.h"

#include <stdbool.h>
#include <stdint.h>

enum who_how {
	WHO_FD,	     /* on the same inode as descriptor `fd` of `pid`; if that is a Unix socket's
			name in a file system (O_PATH), the sockets that are bound to it */
	WHO_INODE,   /* on `inode` of the device, as the kernel knows it */
	WHO_OFD,     /* on this ofd */
	WHO_PORT,    /* TCP, UDP and other inet sockets with this local or remote port */
	WHO_DELETED, /* on regular files that have no name any more, but for memfds */
};

struct who_query {
	enum who_how how;
	uint32_t pid, fd;
	bool leave_out; /* that very descriptor: it only says which file is meant */
	uint32_t major, minor;
	uint64_t inode;
	uint64_t ofd; /* as ofd__id() has it */
	uint16_t port;
	/*
	 * Whether a row is for the asker; those that are not are as if they were not there.  Called
	 * for each that is found, and for the descriptor of WHO_FD first.
	 */
	bool (*accept)(void *ctx, const struct fds_file_rec *rec);
	void *accept_ctx;
};

struct who_row {
	struct host_file file; /* its name is the row's */
	uint64_t disk_bytes;   /* WHO_DELETED: what it keeps; FDS_UNKNOWN */
	/* The same for all rows on one ofd; 0: not known (/proc does not tell, kcmp(2) refuses). */
	uint32_t group;
};

#define WHO_MAX 65536 /* rows; more are counted only */

struct who_list {
	struct who_row *rows; /* by inode, ofd, process, descriptor */
	size_t cnt;
	size_t left_out; /* found beyond WHO_MAX */
	uint64_t generated_ns;
	/* WHO_FD: the descriptor itself, whose row it is. */
	struct file_row meant;
};

/*
 * 0; -ESRCH: process `pid` has no such descriptor; -EACCES: it is not for the asker; -ENOTSUP: this
 * tier does not tell ofds; other -errno.  Freed with who_list__free(), which accepts NULL.
 */
int who_list__find(struct source *s, const struct ofd_key *key, const struct who_query *q,
		   struct who_list **ret);
void who_list__free(struct who_list *l);

#endif
