/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who it was that failed, of a process that may be gone by now: from /proc while it is there, else
 * from the failure's record.
 */
#ifndef FDSCOPE_DEPARTED_H
#define FDSCOPE_DEPARTED_H

#include "fdscope/record.h"
#include "source/identity.h"

#include <stdint.h>

struct departed;

/*
 * Opens the tree of cgroup v2 beforehand, while there are descriptors; where there is none, cgroups
 * of processes that are gone are not known.  -ENOMEM.
 */
int departed__new(struct departed **ret);
void departed__free(struct departed *d);

/*
 * Path of a cgroup below the tree's root, as /proc/PID/cgroup has it.  -ENOENT: not mounted, or the
 * cgroup is gone; -EPERM: not allowed to (CAP_DAC_READ_SEARCH); -errno.
 */
int departed__cgroup_path(const struct departed *d, uint64_t cgroup_id, char **ret);

/*
 * To be freed with identity__free().  What cannot be known is NULL: of a process that is gone the
 * command line, and the unit once its cgroup is gone too.  `exe` begins with "..." where only its
 * end is known.  0 or -ENOMEM.
 */
int departed__identify(struct departed *d, const struct fds_failure *f, struct identity **ret);

#endif
