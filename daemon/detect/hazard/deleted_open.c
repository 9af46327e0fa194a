// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deleted-open: a regular file whose last name is gone keeps its space while a descriptor leads to
 * it.  Files that never had a name are none (O_TMPFILE; memory of the kernel's own file systems is
 * left out by the kernel side).  Misses files that are only mapped.  One entry for each inode and
 * program; `other_*` is another process that holds it.
 */
#include "detect/hazard/judge.h"
#include "detect/hazard/traces.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files told in one scan: the largest. */
#define TOLD_MAX 64

/* __O_TMPFILE of most architectures; of O_TMPFILE the part that is no other flag. */
#define TMPFILE 020000000u

#define DELETED " (deleted)"

/* A file as one program holds it. */
struct held {
	const struct fds_trace_rec *first; /* that of the oldest process */
	const struct fds_trace_rec *other; /* a process besides; NULL: none */
	struct suspect *suspect;
	uint32_t cnt; /* descriptors of all programs that lead to the file */
};

struct state {
	struct traces files;
	struct suspects suspects;
	struct held list[SUSPECTS_MAX]; /* of the scan that ends */
	size_t cnt;
};

static uint64_t hash_file(const struct fds_trace_rec *rec)
{
	return traces__mix(rec->dev, rec->inode, 0);
}

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

static int compare_inodes(const struct fds_trace_rec *x, const struct fds_trace_rec *y)
{
	COMPARE(x->dev, y->dev);
	COMPARE(x->inode, y->inode);
	return 0;
}

static int compare_programs(const struct fds_trace_rec *x, const struct fds_trace_rec *y)
{
	COMPARE(x->uid, y->uid);
	return strncmp(x->comm, y->comm, FDS_COMM_SZ);
}

static int compare_traces(const void *a, const void *b)
{
	const struct fds_trace_rec *x = a, *y = b;
	int r = compare_inodes(x, y) ?: compare_programs(x, y);

	if (r)
		return r;
	COMPARE(x->start_ns, y->start_ns);
	COMPARE(x->tid, y->tid);
	COMPARE(x->fd, y->fd);
	return 0;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	COMPARE(y->first->bytes, x->first->bytes);
	return compare_traces(x->first, y->first);
}

/* A process other than this one's. */
static const struct fds_trace_rec *find_other(const struct fds_trace_rec *list, size_t cnt,
					      const struct fds_trace_rec *but)
{
	for (size_t i = 0; i < cnt; i++)
		if (list[i].tgid != but->tgid)
			return &list[i];
	return NULL;
}

static struct suspect *suspect(struct state *st, const struct fds_trace_rec *rec, uint64_t now_ns)
{
	struct suspect_key key = {.a = rec->inode, .b = (uint64_t)rec->dev << 32 | rec->uid};

	for (size_t i = 0; i < FDS_COMM_SZ && rec->comm[i]; i++)
		key.c = traces__mix(key.c, rec->comm[i], 0);
	return suspects__see(&st->suspects, &key, now_ns);
}

/* All that leads to one file. */
static void judge_file(struct state *st, const struct fds_trace_rec *list, size_t cnt,
		       uint64_t now_ns)
{
	for (size_t i = 0; i < cnt; i++)
		if (list[i].flags & TMPFILE)
			return;
	for (size_t i = 0; i < cnt; i++) {
		struct suspect *one;

		if (i && !compare_programs(&list[i - 1], &list[i]))
			continue;
		one = suspect(st, &list[i], now_ns);
		if (!one || !suspect__is_confirmed(one, now_ns) || st->cnt == SUSPECTS_MAX)
			continue;
		st->list[st->cnt++] = (struct held){
			.first = &list[i],
			.other = find_other(list, cnt, &list[i]),
			.suspect = one,
			.cnt = cnt,
		};
	}
}

static void tell(struct judge *j, const struct held *h, uint64_t now_ns)
{
	const struct fds_trace_rec *f = h->first;
	char summary[HAZARD_SUMMARY_SZ], key[48];
	_cleanup_free_ char *name = NULL;
	struct hazard_step step;
	uint64_t bytes;
	size_t len;

	/* The file system knows best: of a file with holes there may be little. */
	if (j->ops.held(j->ops.ctx, f->tid, f->fd, &bytes))
		bytes = f->bytes;
	if (bytes < j->deleted_sz)
		return;
	judge__begin_trace(f, FDS_HAZARD_DELETED_OPEN, now_ns, &step);
	if (j->ops.name(j->ops.ctx, f->tid, f->fd, &name))
		name = NULL;
	len = name ? strlen(name) : 0;
	if (len > strlen(DELETED) && !strcmp(name + len - strlen(DELETED), DELETED))
		name[len - strlen(DELETED)] = '\0';
	step.lasts = h->suspect->told;
	h->suspect->told = true;
	step.name = name;
	step.bytes = bytes;
	if (h->other) {
		step.other_pid = h->other->tgid;
		step.other_comm = h->other->comm;
		step.other_fd = h->other->fd;
	}
	snprintf(summary, sizeof(summary),
		 "%.200s is deleted and keeps %" PRIu64 " bytes: %u descriptor%s lead%s to it",
		 name ?: "a file", bytes, h->cnt, h->cnt == 1 ? "" : "s", h->cnt == 1 ? "s" : "");
	step.summary = summary;
	snprintf(key, sizeof(key), "%u:%" PRIu64, f->dev, (uint64_t)f->inode);
	step.key = key;
	judge__end(j, NULL, f->file, &step);
}

static void begin_scan(struct judge *j)
{
	struct state *st = j->states[FDS_HAZARD_DELETED_OPEN];

	if (!st)
		st = j->states[FDS_HAZARD_DELETED_OPEN] = calloc(1, sizeof(*st));
	if (!st)
		return;
	traces__done(&st->files);
	traces__init(&st->files, hash_file);
	st->cnt = 0;
}

static void apply_trace(struct judge *j, const struct fds_trace_rec *rec)
{
	struct state *st = j->states[FDS_HAZARD_DELETED_OPEN];

	if (st && rec->what == FDS_TRACE_DELETED)
		traces__add(&st->files, rec);
}

static void end_scan(struct judge *j, uint64_t now_ns)
{
	struct state *st = j->states[FDS_HAZARD_DELETED_OPEN];
	size_t next;

	if (!st)
		return;
	if (!st->files.is_torn) {
		const struct traces *f = &st->files;

		traces__sort(&st->files, compare_traces);
		for (size_t i = 0; i < f->cnt; i = next) {
			for (next = i + 1; next < f->cnt; next++)
				if (compare_inodes(&f->list[i], &f->list[next]))
					break;
			judge_file(st, f->list + i, next - i, now_ns);
		}
		if (st->cnt)
			qsort(st->list, st->cnt, sizeof(*st->list), compare_sizes);
		for (size_t i = 0; i < st->cnt && i < TOLD_MAX; i++)
			tell(j, &st->list[i], now_ns);
		suspects__end_scan(&st->suspects);
	}
	traces__done(&st->files);
}

static void done(struct judge *j)
{
	struct state *st = j->states[FDS_HAZARD_DELETED_OPEN];

	if (!st)
		return;
	traces__done(&st->files);
	suspects__done(&st->suspects);
	free(st);
	j->states[FDS_HAZARD_DELETED_OPEN] = NULL;
}

const struct hazard_ops hazard__deleted_open = {
	.kind = FDS_HAZARD_DELETED_OPEN,
	.begin_scan = begin_scan,
	.apply_trace = apply_trace,
	.end_scan = end_scan,
	.done = done,
};
