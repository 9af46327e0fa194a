// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing the iterators' processes with /proc's; see hidden.h. */
#include "source/hidden.h"

#include "base/array.h"
#include "base/clock.h"
#include "source/procfs.h"

#include <errno.h>
#include <stdlib.h>

/* /proc tells a start in hundredths of a second. */
#define TICK_NS (10 * NSEC_PER_MSEC)

struct search {
	uint32_t *seen; /* by the iterator, sorted */
	size_t seen_cnt, seen_cap;
	uint64_t begin_ns;
	struct hidden missing; /* candidates, then those confirmed */
	struct hidden confirmed;
};

static int keep_seen(void *ctx, const struct fds_task_rec *rec)
{
	struct search *s = ctx;

	if (array_reserve(s->seen, s->seen_cap, s->seen_cnt))
		return -ENOMEM;
	s->seen[s->seen_cnt++] = rec->tgid;
	return 0;
}

static int by_value(const void *va, const void *vb)
{
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;

	return a < b ? -1 : a > b;
}

static void add(struct hidden *h, uint32_t pid)
{
	if (h->cnt < HIDDEN_MAX)
		h->pids[h->cnt++] = pid;
	else
		h->over++;
}

static int check_pid(void *ctx, uint32_t pid)
{
	struct search *s = ctx;

	if (!s->seen_cnt || !bsearch(&pid, s->seen, s->seen_cnt, sizeof(pid), by_value))
		add(&s->missing, pid);
	return 0;
}

/* One that started after the iteration began may rightly be missing from it. */
static int check_start(void *ctx, const struct fds_task_rec *rec)
{
	struct search *s = ctx;

	if (rec->tid == rec->tgid && rec->start_ns + TICK_NS < s->begin_ns)
		add(&s->confirmed, rec->tgid);
	return 0;
}

int hidden__find(struct snapshot *snapshot, struct hidden *ret)
{
	struct search s = {.begin_ns = clock__now_ns()};
	int err = snapshot__tasks(snapshot, keep_seen, &s);

	if (!err) {
		if (s.seen_cnt)
			qsort(s.seen, s.seen_cnt, sizeof(*s.seen), by_value);
		err = procfs__pids(check_pid, &s);
	}
	free(s.seen);
	if (!err)
		err = procfs__some_tasks(s.missing.pids, s.missing.cnt, check_start, &s);
	if (err)
		return err;
	s.confirmed.over += s.missing.over;
	*ret = s.confirmed;
	return 0;
}
