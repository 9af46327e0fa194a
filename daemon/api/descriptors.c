// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors for whoever asks; see descriptors.h. */
#include "api/descriptors.h"

#include "base/clock.h"

#include <errno.h>

/*
 * A question may take a walk through all descriptors of the host.  Those of askers without
 * privilege together get a fifth of the time, so that they cannot keep the daemon from others.
 */
#define PAUSE_PER_COST 4
#define CHEAP_NS       NSEC_PER_MSEC /* up to which a question costs nothing */

/*
 * The row was looked at up to max-staleness ago, the descriptors now: whoever may not see all gets
 * them only if they are still of the process that he may see, and /proc would show them to him too
 * (a program that dropped privileges, or set itself not dumpable, belongs to root there).
 */
static bool may_see(const struct viewer *v, const struct process *p, const struct file_list *files)
{
	if (v->all)
		return true;
	if (files->owner != v->uid || (files->start_ns && files->start_ns != p->start_ns))
		return false;
	for (size_t i = 0; i < files->cnt; i++)
		if (!viewer__check(v, files->rows[i].rec.uid, files->rows[i].rec.euid))
			return false;
	return true;
}

int descriptors__read(struct request *req, const struct process *p, struct file_list **ret)
{
	const struct backend *b = req->api->backend;
	uint64_t start = clock__now_ns(), cost;
	struct file_list *files;
	int r;

	if (!req->query.viewer.all && start < req->api->strangers_from_ns)
		return -EBUSY;
	r = b->files(b->ctx, p->key.pid, p->table_tid, &files);
	cost = clock__now_ns() - start;
	if (!req->query.viewer.all && cost > CHEAP_NS)
		req->api->strangers_from_ns = start + cost + PAUSE_PER_COST * cost;
	if (r < 0)
		return r;
	if (!may_see(&req->query.viewer, p, files)) {
		file_list__free(files);
		return -EACCES;
	}
	*ret = files;
	return 0;
}
