// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors for whoever asks; see descriptors.h. */
#include "api/descriptors.h"

#include "base/clock.h"

#include <errno.h>

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

bool descriptors__may_ask(const struct request *req)
{
	return req->query.viewer.all || clock__now_ns() >= req->api->strangers_from_ns;
}

void descriptors__charge(struct api *api, uint64_t start_ns, uint64_t cost_ns)
{
	uint64_t from = api->strangers_from_ns;

	if (cost_ns <= CHEAP_NS && from < start_ns)
		return;
	api->strangers_from_ns =
		(from > start_ns ? from : start_ns) + cost_ns + PAUSE_PER_COST * cost_ns;
}

int descriptors__fail_busy(struct request *req)
{
	return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
			     "too much was asked about descriptors, try again later");
}

int descriptors__read(struct request *req, const struct process *p, struct file_list **ret)
{
	const struct backend *b = req->api->backend;
	uint64_t start = clock__now_ns(), cost;
	struct file_list *files;
	int r;

	if (!descriptors__may_ask(req))
		return -EBUSY;
	r = b->files(b->ctx, p->key.pid, p->table_tid, &files);
	cost = clock__now_ns() - start;
	if (!req->query.viewer.all)
		descriptors__charge(req->api, start, cost);
	if (r < 0)
		return r;
	if (!may_see(&req->query.viewer, p, files)) {
		file_list__free(files);
		return -EACCES;
	}
	*ret = files;
	return 0;
}
