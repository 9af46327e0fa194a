/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets by /proc/PID/net, where no iterator has told of them.
 */
#ifndef FDSCOPE_SOCKETS_H
#define FDSCOPE_SOCKETS_H

#include "source/files.h"

/* One line of a file of /proc/net: what it tells, of which socket. */
struct socket_line {
	uint64_t inode;
	uint16_t type; /* SOCK_*; 0: not told */
	struct fds_detail_rec detail;
};

/* name: "tcp", "tcp6", "udp", ..., "unix", "netlink", "packet"; false: not such a line. */
bool socket_line__parse(const char *name, const char *line, struct socket_line *ret);

/* Fills the rows that lack their `detail`.  dir: of the process.  Looks no longer than until then.
 */
void sockets__look(struct file_list *l, int dir, uint64_t until_ns);

#endif
