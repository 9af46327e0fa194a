/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is at the other end of a Unix socket, and so what it may see: credentials as the kernel
 * recorded them at connect(2), never what the peer says of itself.
 */
#ifndef FDSCOPE_PEER_H
#define FDSCOPE_PEER_H

#include "store/process.h"

#include <stdio.h>

#define PEER_NO_GROUP ((gid_t)-1)

/*
 * Gid of the group in a file like /etc/group (NULL: that one); PEER_NO_GROUP: there is none.
 * Reads that file alone: name services may block, and the daemon's loop must not.
 */
gid_t peer__find_group(const char *path, const char *name);

/*
 * Root, members of `group` and the user that the daemon itself runs as see all; anybody else their
 * own processes.  0 or -errno.
 */
int peer__read(int fd, gid_t group, struct viewer *ret);

#endif
