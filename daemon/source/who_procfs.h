/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of who.h that /proc answers, where no iterator does: sockets by the tables of
 * /proc/PID/net, shared ofds by kcmp(2).
 */
#ifndef FDSCOPE_WHO_PROCFS_H
#define FDSCOPE_WHO_PROCFS_H

#include "source/who.h"

struct procfs_socket {
	uint64_t inode;
	uint16_t local_port, remote_port;
};

/* The sockets that are wanted, of the network namespaces met so far.  All zero to begin. */
struct who_procfs {
	struct procfs_socket *sockets; /* by inode */
	size_t socket_cnt, socket_cap;
	uint64_t *spaces; /* inodes of namespaces */
	size_t space_cnt, space_cap;
	uint32_t last_tgid;
};

/* Whether a descriptor that /proc tells is wanted; sets its ports.  `meant`: of WHO_FD. */
bool who_procfs__matches(struct who_procfs *w, const struct who_query *q,
			 const struct file_row *meant, struct host_file *file);
void who_procfs__done(struct who_procfs *w);

/* Groups for the rows without one, as far as kcmp(2) is allowed. */
void who_procfs__number_ofds(struct who_list *l);

#endif
