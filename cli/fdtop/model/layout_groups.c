// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups: a line with the sum of the members, below it the members unless they are folded. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fdtop/model/layout_lines.h"
#include "fdtop/model/value.h"

#define NO_KEY "(none)"

const char *layout__key(const struct proc *p, enum fds_group_key group)
{
	static const enum proc_text which[FDS_BY_CNT] = {
		[FDS_BY_PROCESS] = PROC_COMM,  [FDS_BY_EXE] = PROC_EXE,
		[FDS_BY_USER] = PROC_USER,     [FDS_BY_UNIT] = PROC_UNIT,
		[FDS_BY_CGROUP] = PROC_CGROUP, [FDS_BY_CONTAINER] = PROC_CONTAINER,
	};
	const char *key = proc__text(p, which[group]);

	return *key ? key : NO_KEY;
}

struct member {
	struct proc *proc;
	size_t place; /* in the order of the list */
	enum fds_group_key group;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = strcmp(layout__key(x->proc, x->group), layout__key(y->proc, y->group));

	return c ? c : (x->place > y->place) - (x->place < y->place);
}

static void add_known(int64_t *sum, int64_t v)
{
	if (v == VALUE_UNKNOWN || v == VALUE_UNLIMITED)
		return;
	if (*sum == VALUE_UNKNOWN)
		*sum = 0;
	if (__builtin_add_overflow(*sum, v, sum))
		*sum = INT64_MAX - 1;
}

static void keep_largest(int64_t *most, int64_t v)
{
	if (v > *most)
		*most = v;
}

/* A files table that several members share counts once. */
static void add_table(struct proc *sum, const struct proc *p)
{
	add_known(&sum->allocated, p->allocated);
	add_known(&sum->opens, p->opens);
	add_known(&sum->closes, p->closes);
	add_known(&sum->failures, p->failures);
	if (!isnan(p->growth))
		sum->growth = isnan(sum->growth) ? p->growth : sum->growth + p->growth;
}

static void add_worst(struct proc *sum, const struct proc *p)
{
	keep_largest(&sum->highest, p->highest);
	keep_largest(&sum->peak, p->peak);
	if (isnan(sum->used) || p->used > sum->used)
		sum->used = p->used;
	if (isnan(sum->exhaustion) || p->exhaustion < sum->exhaustion)
		sum->exhaustion = p->exhaustion;
}

static void add_trend(struct proc *sum, const struct proc *p)
{
	size_t from = PROC_TREND - p->trend_cnt;

	/* Aligned at the newest; those not known then had what they have first. */
	for (size_t i = 0; i < PROC_TREND && p->trend_cnt; i++)
		sum->trend[i] += p->trend[i < from ? 0 : i - from];
	sum->trend_cnt = PROC_TREND;
}

static int compare_tables(const void *a, const void *b)
{
	int64_t x = (*(struct proc *const *)a)->table, y = (*(struct proc *const *)b)->table;

	return (x > y) - (x < y);
}

static void set_text(struct proc *sum, const struct proc *first, enum fds_group_key group)
{
	const char *key = layout__key(first, group);

	/* Shown as its command, and found again by what it is grouped by. */
	sum->text[PROC_COMM] = strdup(key);
	if (strcmp(key, NO_KEY)) {
		if (group == FDS_BY_EXE)
			sum->text[PROC_EXE] = strdup(key);
		else if (group == FDS_BY_USER)
			sum->text[PROC_USER] = strdup(key);
		else if (group == FDS_BY_UNIT)
			sum->text[PROC_UNIT] = strdup(key);
		else if (group == FDS_BY_CGROUP)
			sum->text[PROC_CGROUP] = strdup(key);
		else
			sum->text[PROC_CONTAINER] = strdup(key);
	}
}

/* The user of all members, if they have the same. */
static void set_user(struct proc *sum, const struct member *m, size_t cnt)
{
	for (size_t i = 1; i < cnt; i++)
		if (strcmp(proc__text(m[i].proc, PROC_USER), proc__text(m->proc, PROC_USER)))
			return;
	if (!sum->text[PROC_USER] && m->proc->text[PROC_USER])
		sum->text[PROC_USER] = strdup(m->proc->text[PROC_USER]);
}

static struct proc *make_sum(const struct member *m, size_t cnt, enum fds_group_key group)
{
	struct proc **by_table = malloc(cnt * sizeof(*by_table));
	struct proc *sum = calloc(1, sizeof(*sum));

	if (!sum || !by_table) {
		free(by_table);
		free(sum);
		return NULL;
	}
	*sum = (struct proc){
		.table = VALUE_UNKNOWN,
		.allocated = VALUE_UNKNOWN,
		.highest = VALUE_UNKNOWN,
		.peak = VALUE_UNKNOWN,
		.opens = VALUE_UNKNOWN,
		.closes = VALUE_UNKNOWN,
		.failures = VALUE_UNKNOWN,
		.soft = VALUE_UNKNOWN,
		.hard = VALUE_UNKNOWN,
		.used = NAN,
		.growth = NAN,
		.exhaustion = NAN,
		.member_cnt = cnt,
	};
	set_text(sum, m->proc, group);
	set_user(sum, m, cnt);
	for (size_t i = 0; i < cnt; i++)
		by_table[i] = m[i].proc;
	qsort(by_table, cnt, sizeof(*by_table), compare_tables);
	for (size_t i = 0; i < cnt; i++) {
		add_worst(sum, by_table[i]);
		if (i && by_table[i]->table == by_table[i - 1]->table &&
		    by_table[i]->table != VALUE_UNKNOWN)
			continue;
		add_table(sum, by_table[i]);
		add_trend(sum, by_table[i]);
	}
	free(by_table);
	return sum;
}

static int make_sums(struct layout *l, const struct member *m, size_t cnt, enum fds_group_key group)
{
	l->sum = calloc(cnt + 1, sizeof(*l->sum));
	if (!l->sum)
		return -ENOMEM;
	for (size_t i = 0, end; i < cnt; i = end) {
		struct proc *sum;

		for (end = i + 1; end < cnt; end++)
			if (strcmp(layout__key(m[end].proc, group), layout__key(m[i].proc, group)))
				break;
		sum = make_sum(m + i, end - i, group);
		if (!sum)
			return -ENOMEM;
		/* Where its members begin, until it has been put in order. */
		sum->id.start_ns = (int64_t)i;
		l->sum[l->sum_cnt++] = sum;
	}
	return 0;
}

static int add_group(struct layout *l, struct proc *sum, const struct member *m,
		     enum fds_group_key group)
{
	struct line line = {.proc = sum, .is_group = true, .has_more = true};
	int err;

	line.folded = !layout__is_flipped(l, sum, group);
	err = layout__add(l, &line);
	for (size_t i = 0; i < sum->member_cnt && !line.folded && !err; i++)
		err = layout__add(l, &(struct line){.proc = m[sum->id.start_ns + i].proc,
						    .depth = 1,
						    .rails = i + 1 == sum->member_cnt ? 0 : 2,
						    .last = i + 1 == sum->member_cnt});
	return err;
}

int layout__add_groups(struct layout *l, struct proc **proc, size_t cnt, const struct settings *s)
{
	_cleanup_free_ struct member *m = malloc((cnt + 1) * sizeof(*m));
	int err;

	if (!m)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		m[i] = (struct member){proc[i], i, s->group};
	qsort(m, cnt, sizeof(*m), compare_members);
	err = make_sums(l, m, cnt, s->group);
	if (err)
		return err;
	layout__sort(l->sum, l->sum_cnt, s);
	for (size_t i = 0; i < l->sum_cnt && !err; i++)
		err = add_group(l, l->sum[i], m, s->group);
	return err;
}
