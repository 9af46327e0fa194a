// SPDX-License-Identifier: GPL-2.0-or-later
/* Raising soft limits; see raise.h. */
#include "alert/raise.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/reserve.h"
#include "base/text.h"
#include "base/why.h"
#include "source/procfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

uint64_t raise__most(const struct process *p, uint64_t ceiling)
{
	return p->hard < ceiling ? p->hard : ceiling;
}

static int check(const struct process *p, uint64_t soft, uint64_t ceiling, char **ret_why)
{
	if (p->soft == FDS_RLIM_INFINITY)
		return why__format(ret_why, -EINVAL,
				   "%" PRIu64
				   " is no raise: the soft limit of process %u is unlimited",
				   soft, p->key.pid);
	if (soft <= p->soft)
		return why__format(ret_why, -EINVAL,
				   "%" PRIu64
				   " is no raise: the soft limit of process %u is %" PRIu64,
				   soft, p->key.pid, p->soft);
	if (soft > p->hard)
		return why__format(ret_why, -EINVAL,
				   "%" PRIu64 " is above the hard limit of process %u, %" PRIu64,
				   soft, p->key.pid, p->hard);
	if (soft > ceiling)
		return why__format(ret_why, -EINVAL,
				   "%" PRIu64 " is above the ceiling, %" PRIu64 " (fdscope.conf)",
				   soft, ceiling);
	return 0;
}

/* Most have the same limits: by its start one tells another process under its number. */
static int check_start(const struct process *p)
{
	_cleanup_close_ int dir = WITH_RESERVE(procfs__open_process(p->key.pid, p->start_ns));

	return dir < 0 ? dir : 0;
}

int raise__soft(const struct process *p, uint64_t soft, uint64_t ceiling, uint64_t *ret_old,
		char **ret_why)
{
	struct rlimit old, new = {.rlim_cur = soft, .rlim_max = p->hard};
	char comm[4 * FDS_COMM_SZ + 1];
	int err = check(p, soft, ceiling, ret_why);

	if (err)
		return err;
	err = check_start(p);
	if (err)
		return why__format(ret_why, err, "process %u: %s", p->key.pid, strerror(-err));
	/* A last look: it may have set its limits itself meanwhile. */
	if (prlimit(p->key.pid, RLIMIT_NOFILE, NULL, &old))
		return why__format(ret_why, -errno, "process %u: %m", p->key.pid);
	if (old.rlim_cur != p->soft || old.rlim_max != p->hard)
		return why__format(ret_why, -EAGAIN, "the limits of process %u have just changed",
				   p->key.pid);
	if (prlimit(p->key.pid, RLIMIT_NOFILE, &new, NULL))
		return why__format(ret_why, -errno, "process %u: %m", p->key.pid);
	text__copy_printable(comm, sizeof(comm), p->comm, strlen(p->comm));
	log_notice("raised the soft limit of %s[%u] from %" PRIu64 " to %" PRIu64, comm, p->key.pid,
		   p->soft, soft);
	*ret_old = p->soft;
	return 0;
}
