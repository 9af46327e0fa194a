// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of hazard and what they share; see judge.h. */
#include "detect/hazard/judge.h"

#include "store/places.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

static const struct hazard_ops *const kinds[] = {
	&hazard__epoll_fork,	  &hazard__epoll_stale,	    &hazard__select_1024,
	&hazard__exec_leak,	  &hazard__deleted_open,    &hazard__truncate_before_lock,
	&hazard__nonblock_shared, &hazard__limit_excessive,
};

#define FOR_EACH_KIND(k)                                                                           \
	for (const struct hazard_ops *const *k = kinds;                                            \
	     k < kinds + sizeof(kinds) / sizeof(kinds[0]); k++)

void judge__init(struct judge *j, const struct judge_ops *ops, const struct store *store,
		 struct hazard_log *log)
{
	*j = (struct judge){.ops = *ops, .store = store, .log = log};
}

void judge__done(struct judge *j)
{
	FOR_EACH_KIND(k)
	if ((*k)->done)
		(*k)->done(j);
}

void judge__apply(struct judge *j, const struct fds_hazard *h, size_t extra_sz)
{
	FOR_EACH_KIND(k)
	if ((*k)->kind == h->kind && (*k)->apply)
		(*k)->apply(j, h, (const char *)(h + 1), extra_sz);
}

void judge__begin_scan(struct judge *j)
{
	FOR_EACH_KIND(k)
	if ((*k)->begin_scan)
		(*k)->begin_scan(j);
}

void judge__apply_trace(struct judge *j, const struct fds_trace_rec *rec)
{
	FOR_EACH_KIND(k)
	if ((*k)->apply_trace)
		(*k)->apply_trace(j, rec);
}

void judge__end_scan(struct judge *j, uint64_t now_ns)
{
	FOR_EACH_KIND(k)
	if ((*k)->end_scan)
		(*k)->end_scan(j, now_ns);
}

void judge__apply_pass(struct judge *j, uint64_t now_ns)
{
	FOR_EACH_KIND(k)
	if ((*k)->apply_pass)
		(*k)->apply_pass(j, now_ns);
}

void judge__begin(const struct fds_hazard *h, struct hazard_step *ret)
{
	const struct fds_event *ev = &h->at.ev;

	*ret = (struct hazard_step){
		.kind = h->kind,
		.time_ns = ev->time_ns,
		.cnt = h->cnt ?: 1,
		.pid = ev->tgid,
		.tid = ev->tid,
		.uid = ev->uid,
		.euid = ev->euid,
		.start_ns = ev->start_ns,
		.comm = ev->comm,
		.fd = h->fd,
		.target_fd = h->target_fd,
		.other_pid = h->other_tgid,
		.other_fd = h->other_fd,
		.other_comm = h->other_tgid ? h->other_comm : NULL,
		.dev = h->dev,
		.inode = h->inode,
		.bytes = FDS_UNKNOWN,
		.contended = -1,
	};
}

void judge__begin_trace(const struct fds_trace_rec *rec, enum fds_hazard_kind kind, uint64_t now_ns,
			struct hazard_step *ret)
{
	*ret = (struct hazard_step){
		.kind = kind,
		.time_ns = now_ns,
		.cnt = 1,
		.pid = rec->tgid,
		.tid = rec->tid,
		.uid = rec->uid,
		.euid = rec->euid,
		.start_ns = rec->start_ns,
		.comm = rec->comm,
		.fd = rec->fd,
		.target_fd = -1,
		.other_fd = -1,
		.dev = rec->dev,
		.inode = rec->inode,
		.bytes = FDS_UNKNOWN,
		.contended = -1,
	};
}

void judge__end(struct judge *j, const struct fds_hazard *h, uint64_t ofd, struct hazard_step *step)
{
	char comm[FDS_COMM_SZ + 1] = "", other[FDS_COMM_SZ + 1] = "";
	_cleanup_free_ char *exe = NULL;
	struct identity *id = NULL;
	const struct hazard *found;
	struct places p = {};
	bool news = false;

	/* The kernel ends a name at its length alone. */
	memcpy(comm, step->comm, strnlen(step->comm, FDS_COMM_SZ));
	step->comm = comm;
	if (step->other_comm)
		memcpy(other, step->other_comm, strnlen(step->other_comm, FDS_COMM_SZ));
	step->other_comm = step->other_comm ? other : NULL;
	if (h && !j->ops.identify(j->ops.ctx, &h->at, &id) && !step->exe)
		step->exe = id->exe;
	if (!h && !step->exe && !j->ops.exe(j->ops.ctx, step->pid, &exe))
		step->exe = exe;
	if (h)
		step->stack_id = j->ops.stack(j->ops.ctx, &h->at, places__add, &p);
	step->places = (const char *const *)p.list;
	step->place_cnt = p.cnt;
	step->ofd = ofd ? j->ops.ofd_id(j->ops.ctx, ofd) : 0;
	found = hazard_log__apply(j->log, step, &news);
	if (found)
		j->ops.found(j->ops.ctx, found, h ? &h->at : NULL, news);
	places__done(&p);
	identity__free(id);
}
