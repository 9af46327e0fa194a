// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * epoll-fork: an epoll instance was changed from another process than its maker's.  The kernel side
 * is sure of that; here it gets names.
 */
#include "detect/hazard/judge.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <sys/epoll.h>

static const char *op_name(uint32_t op)
{
	switch (op) {
	case EPOLL_CTL_ADD:
		return "EPOLL_CTL_ADD";
	case EPOLL_CTL_MOD:
		return "EPOLL_CTL_MOD";
	case EPOLL_CTL_DEL:
		return "EPOLL_CTL_DEL";
	}
	return "epoll_ctl";
}

static void apply(struct judge *j, const struct fds_hazard *h, const char *extra, size_t extra_sz)
{
	_cleanup_free_ char *name = NULL;
	char summary[HAZARD_SUMMARY_SZ], key[FDS_COMM_SZ + 32];
	struct hazard_step step;

	(void)extra;
	(void)extra_sz;
	judge__begin(h, &step);
	step.op = op_name(h->op);
	/* The number means a file in the table of whoever used it, if that is still there. */
	if (j->ops.name(j->ops.ctx, step.pid, h->target_fd, &name) &&
	    j->ops.name(j->ops.ctx, h->other_tgid, h->target_fd, &name))
		name = NULL;
	step.name = name;
	snprintf(
		summary, sizeof(summary),
		"%s of fd %d on the epoll instance that %.*s[%u] made (fd %d there) and still holds",
		step.op, h->target_fd, FDS_COMM_SZ, h->other_comm, h->other_tgid, h->other_fd);
	step.summary = summary;
	snprintf(key, sizeof(key), "%s %.*s", step.op, FDS_COMM_SZ, h->other_comm);
	step.key = key;
	judge__end(j, h, h->file, &step);
}

const struct hazard_ops hazard__epoll_fork = {
	.kind = FDS_HAZARD_EPOLL_FORK,
	.apply = apply,
};
