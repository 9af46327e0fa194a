// SPDX-License-Identifier: GPL-2.0-or-later
/* Filtered, sorted and summed answers over many processes; see rank.h. */
#include "store/rank.h"

#include "base/passwd.h"
#include "source/identity.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- filter ---- */

static const struct {
	const char *name;
	enum filter_field field;
} filters[] = {
	{"comm", FILTER_COMM}, {"exe", FILTER_EXE},	  {"unit", FILTER_UNIT},
	{"user", FILTER_USER}, {"cgroup", FILTER_CGROUP}, {"container", FILTER_CONTAINER},
};

int rank__parse_filter(const char *text, struct query *ret)
{
	size_t len = strcspn(text, ":");

	if (!text[len] || !text[len + 1])
		return -EINVAL;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (strlen(filters[i].name) != len || strncmp(filters[i].name, text, len))
			continue;
		ret->field = filters[i].field;
		ret->glob = text + len + 1;
		return 0;
	}
	return -EINVAL;
}

/* What a process is grouped or filtered by; NULL: it has none.  `buf` is room for a user's name. */
static const char *text_of(struct store *s, struct process *p, enum filter_field field,
			   const struct passwd_names *users, char buf[static PASSWD_NAME_SZ])
{
	const struct identity *id;

	switch (field) {
	case FILTER_COMM:
		return p->comm;
	case FILTER_USER:
		return passwd__name(users, p->euid, buf);
	default:
		break;
	}
	id = store__identify(s, p);
	if (!id)
		return NULL;
	switch (field) {
	case FILTER_EXE:
		return id->exe;
	case FILTER_UNIT:
		return id->unit;
	case FILTER_CGROUP:
		return id->cgroup;
	case FILTER_CONTAINER:
		return id->container;
	default:
		return NULL;
	}
}

static bool passes(struct store *s, struct process *p, const struct query *q,
		   const struct passwd_names *users)
{
	char buf[PASSWD_NAME_SZ], number[16];
	const char *text;

	if (!viewer__check(&q->viewer, p->uid, p->euid))
		return false;
	if (q->field == FILTER_NONE)
		return true;
	text = text_of(s, p, q->field, users, buf);
	if (text && !fnmatch(q->glob, text, 0))
		return true;
	if (q->field != FILTER_USER)
		return false;
	snprintf(number, sizeof(number), "%u", p->euid);
	return !strcmp(number, q->glob);
}

/* ---- order ---- */

struct ranked {
	struct process *p;
	double key;
};

/* The soonest first, then those with no end in sight. */
static double exhaustion_key(double exhaustion_s)
{
	return exhaustion_s < 0 ? -1e17 : -exhaustion_s;
}

/* Larger comes first; what is not known comes last. */
static double sort_key(const struct store *s, const struct process *p, enum fds_sort_key sort)
{
	const struct table *t = p->table;
	double per_s;

	if (!t)
		return -1e18;
	switch (sort) {
	case FDS_SORT_USED:
		return process__used_ratio(p);
	case FDS_SORT_HIGHEST:
		return t->highest;
	case FDS_SORT_OPENS:
		return t->opens == FDS_UNKNOWN ? -1 : (double)t->opens;
	case FDS_SORT_GROWTH:
		if (!growth__find(&t->growth, s->pass_ns, t->allocated, &per_s))
			return -1e17;
		return per_s;
	case FDS_SORT_EXHAUSTION:
		return exhaustion_key(process__exhaustion_s(p, s->pass_ns));
	default:
		return t->allocated;
	}
}

static uint32_t allocated(const struct process *p)
{
	return p->table ? p->table->allocated : 0;
}

static int by_key(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;

	if (a->key != b->key)
		return a->key < b->key ? 1 : -1;
	if (allocated(a->p) != allocated(b->p))
		return allocated(a->p) < allocated(b->p) ? 1 : -1;
	if (a->p->key.pid != b->p->key.pid)
		return a->p->key.pid < b->p->key.pid ? -1 : 1;
	return a->p->key.tid < b->p->key.tid ? -1 : a->p->key.tid > b->p->key.tid;
}

/* All rows that pass the filter, in no order.  *ret is malloc'd. */
static int select_rows(struct store *s, const struct query *q, const struct passwd_names *users,
		       struct ranked **ret, size_t *ret_cnt)
{
	size_t cap = HASH_COUNT(s->processes), cnt = 0;
	struct ranked *rows = malloc((cap ? cap : 1) * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (struct process *p = store__first(s); p; p = store__next(p))
		if (passes(s, p, q, users))
			rows[cnt++] = (struct ranked){.p = p, .key = sort_key(s, p, q->sort)};
	*ret = rows;
	*ret_cnt = cnt;
	return 0;
}

int rank__processes(struct store *s, const struct query *q, struct process ***ret_rows,
		    size_t *ret_cnt, size_t *ret_total)
{
	struct passwd_names users = {};
	struct process **rows;
	struct ranked *ranked;
	size_t total, cnt;
	int err;

	if (q->field == FILTER_USER)
		passwd__init(&users);
	err = select_rows(s, q, &users, &ranked, &total);
	passwd__done(&users);
	if (err)
		return err;
	qsort(ranked, total, sizeof(*ranked), by_key);
	cnt = q->limit && q->limit < total ? q->limit : total;
	rows = malloc((cnt ? cnt : 1) * sizeof(struct process *));
	if (!rows) {
		free(ranked);
		return -ENOMEM;
	}
	for (size_t i = 0; i < cnt; i++)
		rows[i] = ranked[i].p;
	free(ranked);
	*ret_rows = rows;
	*ret_cnt = cnt;
	*ret_total = total;
	return 0;
}

/* ---- groups ---- */

static enum filter_field field_of(enum fds_group_key by)
{
	switch (by) {
	case FDS_BY_EXE:
		return FILTER_EXE;
	case FDS_BY_USER:
		return FILTER_USER;
	case FDS_BY_UNIT:
		return FILTER_UNIT;
	case FDS_BY_CGROUP:
		return FILTER_CGROUP;
	case FDS_BY_CONTAINER:
		return FILTER_CONTAINER;
	default:
		return FILTER_COMM;
	}
}

struct member {
	struct process *p;
	char *key; /* malloc'd; NULL: none */
};

static int by_group(const void *va, const void *vb)
{
	const struct member *a = va, *b = vb;

	if (!a->key || !b->key)
		return !a->key - !b->key;
	return strcmp(a->key, b->key);
}

static void add_counter(uint64_t *sum, uint64_t n)
{
	if (n != FDS_UNKNOWN)
		*sum = *sum == FDS_UNKNOWN ? n : *sum + n;
}

static void add_member(struct store *s, struct group *g, const struct process *p)
{
	double ratio = process__used_ratio(p), per_s;
	double exhaustion_s = process__exhaustion_s(p, s->pass_ns);
	struct table *t = p->table;

	if (p->key.pid == p->key.tid)
		g->processes++;
	if (!g->worst || ratio > g->worst_ratio) {
		g->worst = p;
		g->worst_ratio = ratio;
	}
	if (exhaustion_s >= 0 && (g->exhaustion_s < 0 || exhaustion_s < g->exhaustion_s))
		g->exhaustion_s = exhaustion_s;
	if (!t || p->kthread || t->mark == s->mark)
		return;
	t->mark = s->mark;
	g->tables++;
	g->allocated += t->allocated;
	g->installed += t->installed;
	add_counter(&g->opens, t->opens);
	add_counter(&g->closes, t->closes);
	add_counter(&g->failures, t->failures);
	if (t->peak > g->peak)
		g->peak = t->peak;
	if (t->highest > g->highest)
		g->highest = t->highest;
	if (growth__find(&t->growth, s->pass_ns, t->allocated, &per_s)) {
		g->growth_per_s += per_s;
		g->growth_known = true;
	}
}

static double group_sort_key(const struct group *g, enum fds_sort_key sort)
{
	switch (sort) {
	case FDS_SORT_USED:
		return g->worst_ratio;
	case FDS_SORT_HIGHEST:
		return g->highest;
	case FDS_SORT_OPENS:
		return g->opens == FDS_UNKNOWN ? -1 : (double)g->opens;
	case FDS_SORT_GROWTH:
		return g->growth_known ? g->growth_per_s : -1e17;
	case FDS_SORT_EXHAUSTION:
		return exhaustion_key(g->exhaustion_s);
	default:
		return g->allocated;
	}
}

static int by_group_key(const void *va, const void *vb, void *ctx)
{
	enum fds_sort_key sort = *(enum fds_sort_key *)ctx;
	const struct group *a = va, *b = vb;
	double ka = group_sort_key(a, sort), kb = group_sort_key(b, sort);

	if (ka != kb)
		return ka < kb ? 1 : -1;
	if (!a->key || !b->key)
		return !a->key - !b->key;
	return strcmp(a->key, b->key);
}

/* Members sorted by key become groups; keys move over. */
static size_t make_groups(struct store *s, struct member *members, size_t cnt, struct group *groups)
{
	size_t group_cnt = 0;

	for (size_t i = 0; i < cnt; i++) {
		struct group *g = group_cnt ? &groups[group_cnt - 1] : NULL;

		if (!g || by_group(&members[i], &(struct member){.key = g->key})) {
			g = &groups[group_cnt++];
			*g = (struct group){
				.key = members[i].key,
				.opens = FDS_UNKNOWN,
				.closes = FDS_UNKNOWN,
				.failures = FDS_UNKNOWN,
				.highest = -1,
				.worst_ratio = -1,
				.exhaustion_s = -1,
			};
			members[i].key = NULL;
			s->mark++; /* a table may be in two groups; within one it counts once */
		}
		add_member(s, g, members[i].p);
	}
	return group_cnt;
}

static int find_keys(struct store *s, const struct query *q, const struct passwd_names *users,
		     const struct ranked *rows, size_t cnt, struct member *members)
{
	for (size_t i = 0; i < cnt; i++) {
		char buf[PASSWD_NAME_SZ];
		const char *text = text_of(s, rows[i].p, field_of(q->by), users, buf);

		members[i].p = rows[i].p;
		if (text && !(members[i].key = strdup(text)))
			return -ENOMEM;
	}
	return 0;
}

int rank__groups(struct store *s, const struct query *q, struct group **ret_groups, size_t *ret_cnt,
		 size_t *ret_total)
{
	struct passwd_names users = {};
	struct member *members = NULL;
	struct group *groups = NULL;
	struct ranked *rows = NULL;
	enum fds_sort_key sort = q->sort;
	size_t cnt = 0, group_cnt;
	int err;

	passwd__init(&users);
	err = select_rows(s, q, &users, &rows, &cnt);
	if (err)
		goto out;
	members = calloc(cnt + 1, sizeof(*members));
	groups = calloc(cnt + 1, sizeof(*groups));
	err = members && groups ? find_keys(s, q, &users, rows, cnt, members) : -ENOMEM;
	if (err)
		goto out;

	qsort(members, cnt, sizeof(*members), by_group);
	group_cnt = make_groups(s, members, cnt, groups);
	qsort_r(groups, group_cnt, sizeof(*groups), by_group_key, &sort);
	*ret_total = group_cnt;
	*ret_cnt = q->limit && q->limit < group_cnt ? q->limit : group_cnt;
	for (size_t i = *ret_cnt; i < group_cnt; i++)
		free(groups[i].key);
	*ret_groups = groups;
	groups = NULL;
out:
	for (size_t i = 0; members && i < cnt; i++)
		free(members[i].key);
	free(members);
	free(groups);
	free(rows);
	passwd__done(&users);
	return err;
}

void rank__free_groups(struct group *groups, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		free(groups[i].key);
	free(groups);
}
