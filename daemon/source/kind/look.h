/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets what the vtables of kinds tell from and no record has: fdinfo, locks, targets of pidfds,
 * sockets by /proc/PID/net.
 */
#ifndef FDSCOPE_LOOK_H
#define FDSCOPE_LOOK_H

#include "source/files.h"

/* What cannot be had, or not in LOOK_MS, is told by row->detail_error. */
#define LOOK_MS 250

void file_list__look(struct file_list *l, pid_t pid, pid_t tid);

#endif
