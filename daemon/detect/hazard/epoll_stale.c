// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * epoll-stale: the kernel ends a registration with the file, not with the number it was made under.
 * One is stale when no table that holds the instance has the file under that number: whoever waits
 * there gets events that it can neither understand nor end.  Whatever way instance and file went
 * (fork, SCM_RIGHTS, threads with tables of their own), the tables as they are tell.  Misses files
 * that no descriptor leads to any more (mapped, in flight).  One entry for each process and
 * instance.
 */
#include "detect/hazard/judge.h"
#include "detect/hazard/traces.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Instances told in one scan. */
#define TOLD_MAX 64

struct state {
	struct traces homes;   /* each place of an instance in a table */
	struct traces watches; /* each place of a watched file in a table, for each registration */
	struct suspects suspects;
};

static uint64_t hash_home(const struct fds_trace_rec *rec)
{
	return traces__mix(rec->file, 0, 0);
}

static uint64_t hash_watch(const struct fds_trace_rec *rec)
{
	return traces__mix(rec->epoll, rec->file, rec->watched_fd);
}

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

/* By instance, then by table; of one table the oldest process first. */
static int compare_homes(const void *a, const void *b)
{
	const struct fds_trace_rec *x = a, *y = b;

	COMPARE(x->file, y->file);
	COMPARE(x->files, y->files);
	COMPARE(x->start_ns, y->start_ns);
	COMPARE(x->tid, y->tid);
	COMPARE(x->fd, y->fd);
	return 0;
}

/* By registration: instance, file, number. */
static int compare_registrations(const struct fds_trace_rec *x, const struct fds_trace_rec *y)
{
	COMPARE(x->epoll, y->epoll);
	COMPARE(x->file, y->file);
	COMPARE(x->watched_fd, y->watched_fd);
	return 0;
}

static int compare_watches(const void *a, const void *b)
{
	const struct fds_trace_rec *x = a, *y = b;
	int r = compare_registrations(x, y);

	if (r)
		return r;
	COMPARE(x->start_ns, y->start_ns);
	COMPARE(x->tid, y->tid);
	COMPARE(x->fd, y->fd);
	return 0;
}

/* The first place of an instance in a table of this address or a higher one. */
static size_t find_home(const struct traces *homes, uint64_t epoll, uint64_t files)
{
	size_t low = 0, high = homes->cnt;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct fds_trace_rec *h = &homes->list[mid];

		if (h->file < epoll || (h->file == epoll && h->files < files))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_home(const struct traces *homes, uint64_t epoll, uint64_t files)
{
	size_t at = find_home(homes, epoll, files);

	return at < homes->cnt && homes->list[at].file == epoll && homes->list[at].files == files;
}

/* Of those that hold the instance the one that began first; NULL: nobody does. */
static const struct fds_trace_rec *find_holder(const struct traces *homes, uint64_t epoll)
{
	const struct fds_trace_rec *first = NULL;

	for (size_t i = find_home(homes, epoll, 0); i < homes->cnt; i++) {
		const struct fds_trace_rec *h = &homes->list[i];

		if (h->file != epoll)
			break;
		if (!first || h->start_ns < first->start_ns ||
		    (h->start_ns == first->start_ns && h->tid < first->tid))
			first = h;
	}
	return first;
}

/* What there is of one instance. */
struct stale {
	const struct fds_trace_rec *holder;
	const struct fds_trace_rec *keep; /* who keeps the file of the one that is told */
	uint32_t cnt, new_cnt;
};

static void tell(struct judge *j, const struct stale *s, uint64_t now_ns)
{
	const struct fds_trace_rec *h = s->holder, *keep = s->keep;
	_cleanup_free_ char *file = NULL, *now = NULL;
	char summary[HAZARD_SUMMARY_SZ], key[32], more[48] = "";
	struct hazard_step step;
	bool closed;

	judge__begin_trace(h, FDS_HAZARD_EPOLL_STALE, now_ns, &step);
	if (j->ops.name(j->ops.ctx, keep->tid, keep->fd, &file))
		file = NULL;
	closed = j->ops.name(j->ops.ctx, h->tid, keep->watched_fd, &now) != 0;
	step.cnt = s->new_cnt;
	step.lasts = !s->new_cnt;
	step.target_fd = keep->watched_fd;
	step.op = closed ? "closed" : "reused";
	step.dev = keep->dev;
	step.inode = keep->inode;
	step.name = file;
	step.other_pid = keep->tgid;
	step.other_comm = keep->comm;
	step.other_fd = keep->fd;
	if (s->cnt > 1)
		snprintf(more, sizeof(more), "; %u more of this instance", s->cnt - 1);
	snprintf(summary, sizeof(summary),
		 "fd %d is %s%.128s, but its file is still watched by the epoll instance fd %d: "
		 "fd %d of %.*s[%u] keeps it%s",
		 keep->watched_fd, closed ? "closed" : "another file by now, ", closed ? "" : now,
		 h->fd, keep->fd, FDS_COMM_SZ, keep->comm, keep->tgid, more);
	step.summary = summary;
	snprintf(key, sizeof(key), "%u %d", h->tgid, h->fd);
	step.key = key;
	judge__end(j, NULL, keep->file, &step);
}

/*
 * One registration: `cnt` places of its file.  The one of these to be named, if it is stale; NULL:
 * it is not.
 */
static const struct fds_trace_rec *find_keeper(const struct state *st,
					       const struct fds_trace_rec *list, size_t cnt,
					       const struct fds_trace_rec *holder)
{
	const struct fds_trace_rec *keep = NULL;

	for (size_t i = 0; i < cnt; i++) {
		if (list[i].fd == list[i].watched_fd &&
		    is_home(&st->homes, list[i].epoll, list[i].files))
			return NULL;
		/* Best the holder's own: there it can be closed. */
		if (!keep || (keep->files != holder->files && list[i].files == holder->files))
			keep = &list[i];
	}
	return keep;
}

static void judge_instance(struct judge *j, struct state *st, const struct fds_trace_rec *list,
			   size_t cnt, unsigned int *told, uint64_t now_ns)
{
	struct stale s = {.holder = find_holder(&st->homes, list[0].epoll)};
	size_t next;

	if (!s.holder)
		return;
	for (size_t i = 0; i < cnt; i = next) {
		const struct suspect_key key = {list[i].epoll, list[i].file, list[i].watched_fd};
		const struct fds_trace_rec *keep;
		struct suspect *one;

		for (next = i + 1; next < cnt; next++)
			if (compare_registrations(&list[i], &list[next]))
				break;
		keep = find_keeper(st, list + i, next - i, s.holder);
		one = keep ? suspects__see(&st->suspects, &key, now_ns) : NULL;
		if (!one || !suspect__is_confirmed(one, now_ns) || *told == TOLD_MAX)
			continue;
		/* One that is new, if there is any. */
		if (!s.keep || (!one->told && !s.new_cnt))
			s.keep = keep;
		s.cnt++;
		s.new_cnt += !one->told;
		one->told = true;
	}
	if (s.cnt) {
		(*told)++;
		tell(j, &s, now_ns);
	}
}

static void begin_scan(struct judge *j)
{
	struct state *st = j->states[FDS_HAZARD_EPOLL_STALE];

	if (!st)
		st = j->states[FDS_HAZARD_EPOLL_STALE] = calloc(1, sizeof(*st));
	if (!st)
		return;
	traces__done(&st->homes);
	traces__done(&st->watches);
	traces__init(&st->homes, hash_home);
	traces__init(&st->watches, hash_watch);
}

static void apply_trace(struct judge *j, const struct fds_trace_rec *rec)
{
	struct state *st = j->states[FDS_HAZARD_EPOLL_STALE];

	if (st && rec->what == FDS_TRACE_EPOLL)
		traces__add(&st->homes, rec);
	if (st && rec->what == FDS_TRACE_WATCHED)
		traces__add(&st->watches, rec);
}

static void end_scan(struct judge *j, uint64_t now_ns)
{
	struct state *st = j->states[FDS_HAZARD_EPOLL_STALE];
	unsigned int told = 0;
	size_t next;

	if (!st)
		return;
	if (!st->homes.is_torn && !st->watches.is_torn) {
		const struct traces *w = &st->watches;

		traces__sort(&st->homes, compare_homes);
		traces__sort(&st->watches, compare_watches);
		for (size_t i = 0; i < w->cnt; i = next) {
			for (next = i + 1; next < w->cnt; next++)
				if (w->list[i].epoll != w->list[next].epoll)
					break;
			judge_instance(j, st, w->list + i, next - i, &told, now_ns);
		}
		suspects__end_scan(&st->suspects);
	}
	traces__done(&st->homes);
	traces__done(&st->watches);
}

static void done(struct judge *j)
{
	struct state *st = j->states[FDS_HAZARD_EPOLL_STALE];

	if (!st)
		return;
	traces__done(&st->homes);
	traces__done(&st->watches);
	suspects__done(&st->suspects);
	free(st);
	j->states[FDS_HAZARD_EPOLL_STALE] = NULL;
}

const struct hazard_ops hazard__epoll_stale = {
	.kind = FDS_HAZARD_EPOLL_STALE,
	.begin_scan = begin_scan,
	.apply_trace = apply_trace,
	.end_scan = end_scan,
	.done = done,
};
