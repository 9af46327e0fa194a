// links: daemon/store/*.c daemon/source/identity.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows filtered, sorted and cut, who may see them, and their sums in groups. */
#include "records.h"

#include "source/identity.h"
#include "store/rank.h"

#include <errno.h>

#define ME 54321 /* no user of any machine's /etc/passwd, we hope: shown as a number */

/* exe, unit, cgroup and container by pid; 5 cannot be read, 6 has none of them. */
static int who_is(void *ctx, uint32_t pid, struct identity **ret)
{
	struct identity *id;

	(void)ctx;
	if (pid == 5)
		return -EACCES;
	id = calloc(1, sizeof(*id));
	if (pid != 6) {
		id->exe = strdup(pid % 2 ? "/usr/bin/odd" : "/usr/sbin/even");
		id->unit = strdup(pid < 3 ? "low.service" : "high.service");
		id->cgroup = strdup(pid < 3 ? "/system.slice/low" : "/system.slice/high");
		if (pid == 4)
			id->container = strdup("box");
	}
	*ret = id;
	return 0;
}

static int rank_setup(void **state)
{
	struct store *s;

	store_setup(state);
	s = *state;
	s->identify = who_is;
	return 0;
}

#define RANK_TEST(f) cmocka_unit_test_setup_teardown(f, rank_setup, store_teardown)

static const struct query everything = {.viewer.all = true};

/* ---- rows ---- */

struct tid_list {
	uint32_t tids[32];
	size_t cnt;
	size_t total;
};

static struct tid_list ask(struct store *s, const struct query *q)
{
	struct process **rows = NULL;
	struct tid_list l = {};

	assert_int_equal(rank__processes(s, q, &rows, &l.cnt, &l.total), 0);
	assert_true(l.cnt <= CNT_OF(l.tids));
	for (size_t i = 0; i < l.cnt; i++)
		l.tids[i] = rows[i]->key.tid;
	free(rows);
	return l;
}

static void check_list(const struct tid_list *have, const uint32_t *want, size_t cnt)
{
	if (have->cnt != cnt)
		fail_msg("%zu rows instead of %zu", have->cnt, cnt);
	for (size_t i = 0; i < cnt; i++)
		if (have->tids[i] != want[i])
			fail_msg("row %zu is %u instead of %u", i, have->tids[i], want[i]);
}

#define CHECK_ROWS(s, q, ...)                                                                      \
	do {                                                                                       \
		const uint32_t want_[] = {__VA_ARGS__};                                            \
		const struct tid_list have_ = ask((s), (q));                                       \
		check_list(&have_, want_, CNT_OF(want_));                                          \
		if (!(q)->limit)                                                                   \
			assert_int_equal(have_.total, have_.cnt);                                  \
	} while (0)

static void test_nothing_to_rank(void **state)
{
	struct tid_list l = ask(*state, &everything);
	struct group *groups = NULL;
	size_t cnt = 9, total = 9;
	struct query q = everything;

	assert_int_equal(l.cnt, 0);
	assert_int_equal(l.total, 0);
	q.by = FDS_BY_EXE;
	assert_int_equal(rank__groups(*state, &q, &groups, &cnt, &total), 0);
	assert_int_equal(cnt, 0);
	assert_int_equal(total, 0);
	rank__free_groups(groups, cnt);
}

static void test_sort_by_allocated(void **state)
{
	struct query q = everything;

	PASS(*state, SEC, task(1, 5), task(2, 70), zombie(3), task(4, 0), task(6, 71));
	q.sort = FDS_SORT_ALLOCATED;
	CHECK_ROWS(*state, &q, 6, 2, 1, 4, 3);
}

static void test_sort_by_used(void **state)
{
	struct fds_task_rec a = task(1, 10), b = task(2, 50), c = task(3, 60), d = task(4, 0);
	struct query q = everything;

	a.soft = 10;
	c.soft = FDS_RLIM_INFINITY;
	PASS(*state, SEC, zombie(5), c, d, b, a);
	q.sort = FDS_SORT_USED;
	CHECK_ROWS(*state, &q, 1, 2, 4, 3, 5);
}

static void test_sort_by_highest(void **state)
{
	struct fds_task_rec a = task(1, 10), b = task(2, 50), c = task(3, 0);
	struct query q = everything;

	a.highest = 900;
	PASS(*state, SEC, zombie(4), c, b, a);
	q.sort = FDS_SORT_HIGHEST;
	CHECK_ROWS(*state, &q, 1, 2, 3, 4);
}

static void test_sort_by_opens(void **state)
{
	struct fds_task_rec a = task(1, 10), b = task(2, 50), c = task(3, 1), d = task(4, 99);
	struct query q = everything;

	a.opens = 1ull << 40;
	b.opens = 0;
	c.opens = (1ull << 40) + 1;
	d.opens = FDS_UNKNOWN;
	PASS(*state, SEC, d, a, zombie(5), b, c);
	q.sort = FDS_SORT_OPENS;
	CHECK_ROWS(*state, &q, 3, 1, 2, 4, 5);
}

static void test_sort_by_growth(void **state)
{
	struct query q = everything;

	for (uint32_t i = 0; i < 5; i++)
		PASS(*state, (100 + 4 * i) * SEC, task(1, 90 - 10 * i), task(2, 20),
		     task(3, 20 + i), task(4, 10 + 2 * i), zombie(6));
	/* One that is new: no growth is known, while the first shrinks fast. */
	PASS(*state, 120 * SEC, task(1, 40), task(2, 20), task(3, 25), task(4, 20), task(5, 99),
	     zombie(6));
	q.sort = FDS_SORT_GROWTH;
	CHECK_ROWS(*state, &q, 4, 3, 2, 1, 5, 6);
}

static void test_ties_go_by_number(void **state)
{
	struct fds_task_rec recs[20];
	struct query q = everything;
	struct tid_list l;

	/* Numbers up and down, so that the order of arrival is not the answer. */
	for (uint32_t i = 0; i < 20; i++)
		recs[i] = task(1 + (i * 7) % 20, 5);
	pass(*state, SEC, recs, 20);
	for (int sort = 0; sort < FDS_SORT_CNT; sort++) {
		q.sort = sort;
		l = ask(*state, &q);
		assert_int_equal(l.cnt, 20);
		for (uint32_t i = 0; i < 20; i++)
			assert_int_equal(l.tids[i], i + 1);
	}
}

static void test_ties_of_threads_go_by_their_number(void **state)
{
	PASS(*state, SEC, task(8, 5), thread(7, 73, 5), thread(7, 71, 5), task(7, 5),
	     thread(7, 72, 5));
	CHECK_ROWS(*state, &everything, 7, 71, 72, 73, 8);
}

static void test_limit_cuts_after_sorting(void **state)
{
	struct query q = everything;
	struct tid_list l;

	PASS(*state, SEC, task(1, 10), task(2, 30), task(3, 20), task(4, 40));
	for (uint32_t limit = 0; limit < 7; limit++) {
		q.limit = limit;
		l = ask(*state, &q);
		assert_int_equal(l.total, 4);
		assert_int_equal(l.cnt, limit && limit < 4 ? limit : 4);
		assert_int_equal(l.tids[0], 4);
	}
	q.limit = 2;
	CHECK_ROWS(*state, &q, 4, 2);
}

/* ---- filters ---- */

static void test_parse_filter(void **state)
{
	static const struct {
		const char *text;
		enum filter_field field;
		const char *glob;
	} good[] = {
		{"comm:x", FILTER_COMM, "x"},	  {"exe:*/bin/*", FILTER_EXE, "*/bin/*"},
		{"unit:a:b", FILTER_UNIT, "a:b"}, {"user:0", FILTER_USER, "0"},
		{"cgroup::", FILTER_CGROUP, ":"}, {"container:?", FILTER_CONTAINER, "?"},
	};
	static const char *const bad[] = {
		"", ":", ":x", "comm", "comm:", "com:x", "comms:x", "COMM:x", " comm:x", "pid:1"};

	(void)state;
	for (size_t i = 0; i < CNT_OF(good); i++) {
		struct query q = {.limit = 77};

		assert_int_equal(rank__parse_filter(good[i].text, &q), 0);
		assert_int_equal(q.field, good[i].field);
		assert_string_equal(q.glob, good[i].glob);
		assert_int_equal(q.limit, 77);
	}
	for (size_t i = 0; i < CNT_OF(bad); i++) {
		struct query q = {};

		assert_int_equal(rank__parse_filter(bad[i], &q), -EINVAL);
		assert_int_equal(q.field, FILTER_NONE);
		assert_null(q.glob);
	}
}

/* Rows 1 to 6 of descending size, so that the answer is in order of their numbers. */
static void fill_six(struct store *s)
{
	struct fds_task_rec recs[6];

	for (uint32_t i = 0; i < 6; i++)
		recs[i] = task(i + 1, 60 - i);
	recs[0].uid = recs[0].euid = 0;
	recs[1].uid = recs[1].euid = ME;
	recs[2].uid = ME;  /* setuid to 1000 */
	recs[3].euid = ME; /* the other way round */
	strcpy(recs[4].comm, "kworker/0:1");
	pass(s, SEC, recs, 6);
}

static void test_filters(void **state)
{
	struct query q = everything;

	fill_six(*state);
#define FILTER(text, ...)                                                                          \
	do {                                                                                       \
		assert_int_equal(rank__parse_filter((text), &q), 0);                               \
		CHECK_ROWS(*state, &q, __VA_ARGS__);                                               \
	} while (0)
	FILTER("comm:task-3", 3);
	FILTER("comm:task-[24]", 2, 4);
	FILTER("comm:task?[!24]", 1, 3, 6);
	FILTER("comm:*", 1, 2, 3, 4, 5, 6);
	FILTER("comm:kworker*", 5); /* stars do not stop at slashes */
	FILTER("exe:/usr/bin/odd", 1, 3);
	FILTER("exe:*", 1, 2, 3, 4); /* what has none matches nothing */
	FILTER("exe:/usr/*", 1, 2, 3, 4);
	FILTER("unit:low.service", 1, 2);
	FILTER("cgroup:*high", 3, 4);
	FILTER("container:b?x", 4);
	FILTER("user:root", 1);
	FILTER("user:r*t", 1);
	FILTER("user:0", 1);
	FILTER("user:54321", 2, 4); /* effective, as everywhere */
	FILTER("user:5432?", 2, 4); /* it has no name but its number */
#undef FILTER
	assert_int_equal(rank__parse_filter("comm:task", &q), 0);
	assert_int_equal(ask(*state, &q).cnt, 0);
	/* A number is not what is matched where there is a name. */
	assert_int_equal(rank__parse_filter("user:[0]", &q), 0);
	assert_int_equal(ask(*state, &q).cnt, 0);
}

static void test_total_counts_what_passes(void **state)
{
	struct query q = everything;
	struct tid_list l;

	fill_six(*state);
	assert_int_equal(rank__parse_filter("exe:*", &q), 0);
	q.limit = 2;
	l = ask(*state, &q);
	assert_int_equal(l.cnt, 2);
	assert_int_equal(l.total, 4);
}

/* ---- viewers ---- */

static void test_viewer_check(void **state)
{
	const struct viewer me = {.uid = ME}, root = {.all = true, .uid = 0}, zero = {.uid = 0};

	(void)state;
	assert_true(viewer__check(&me, ME, ME));
	assert_false(viewer__check(&me, ME, 0));
	assert_false(viewer__check(&me, 0, ME));
	assert_false(viewer__check(&me, 0, 0));
	assert_true(viewer__check(&root, ME, 0));
	assert_false(viewer__check(&zero, ME, ME));
}

static void test_viewer_sees_what_is_wholly_his(void **state)
{
	struct query q = {.viewer.uid = ME};

	fill_six(*state);
	CHECK_ROWS(*state, &q, 2);
	/* A filter opens nothing. */
	assert_int_equal(rank__parse_filter("comm:*", &q), 0);
	CHECK_ROWS(*state, &q, 2);
	assert_int_equal(rank__parse_filter("user:54321", &q), 0);
	CHECK_ROWS(*state, &q, 2);
	assert_int_equal(rank__parse_filter("user:root", &q), 0);
	assert_int_equal(ask(*state, &q).total, 0);
}

/* ---- groups ---- */

struct groups {
	struct group *list;
	size_t cnt, total;
};

static struct groups sum(struct store *s, const struct query *q)
{
	struct groups g = {};

	assert_int_equal(rank__groups(s, q, &g.list, &g.cnt, &g.total), 0);
	return g;
}

static void drop(struct groups *g)
{
	rank__free_groups(g->list, g->cnt);
}

static void check_key(const struct group *g, const char *key)
{
	if (!key)
		assert_null(g->key);
	else
		assert_string_equal(g->key, key);
}

static void test_groups_sum_their_members(void **state)
{
	struct fds_task_rec a = task(1, 10), b = task(3, 30), c = task(2, 5), d = task(4, 7);
	struct query q = everything;
	struct groups g;

	a.installed = 8;
	a.opens = 100, a.closes = 90, a.failures = 1;
	b.opens = 50, b.closes = 20, b.failures = 2;
	b.soft = 1000;
	b.highest = 400;
	c.counted = 5;
	PASS(*state, SEC, a, b, c, d);
	a.allocated = 9;
	PASS(*state, 2 * SEC, a, b, c, d);
	q.by = FDS_BY_EXE;
	g = sum(*state, &q);
	assert_int_equal(g.cnt, 2);
	assert_int_equal(g.total, 2);
	check_key(&g.list[0], "/usr/bin/odd");
	assert_int_equal(g.list[0].processes, 2);
	assert_int_equal(g.list[0].tables, 2);
	assert_int_equal(g.list[0].allocated, 39);
	assert_int_equal(g.list[0].installed, 38);
	assert_int_equal(g.list[0].opens, 150);
	assert_int_equal(g.list[0].closes, 110);
	assert_int_equal(g.list[0].failures, 3);
	assert_int_equal(g.list[0].peak, 30); /* of the highest member, not of all */
	assert_int_equal(g.list[0].highest, 400);
	/* 9 of 100 is nearer than 30 of 1000. */
	assert_int_equal(g.list[0].worst->key.pid, 1);
	assert_float_equal(g.list[0].worst_ratio, 0.09, 1e-9);
	assert_false(g.list[0].growth_known);
	check_key(&g.list[1], "/usr/sbin/even");
	assert_int_equal(g.list[1].allocated, 12);
	assert_true(g.list[1].opens == FDS_UNKNOWN);
	assert_true(g.list[1].closes == FDS_UNKNOWN);
	assert_true(g.list[1].failures == FDS_UNKNOWN);
	assert_int_equal(g.list[1].worst->key.pid, 4);
	drop(&g);
}

static void test_group_adds_the_counters_it_knows(void **state)
{
	struct fds_task_rec a = task(1, 10), b = task(3, 30);
	struct query q = everything;
	struct groups g;

	b.opens = 0;
	b.closes = 4;
	PASS(*state, SEC, a, b);
	q.by = FDS_BY_EXE;
	g = sum(*state, &q);
	assert_int_equal(g.list[0].opens, 0);
	assert_int_equal(g.list[0].closes, 4);
	assert_true(g.list[0].failures == FDS_UNKNOWN);
	drop(&g);
}

static void test_group_growth_is_the_sum(void **state)
{
	struct query q = everything;
	struct groups g;

	for (uint32_t i = 0; i < 5; i++)
		PASS(*state, (100 + 4 * i) * SEC, task(1, 10 + 8 * i), task(3, 90 - 4 * i));
	PASS(*state, 120 * SEC, task(1, 50), task(3, 70), task(7, 1), task(2, 1));
	q.by = FDS_BY_EXE;
	g = sum(*state, &q);
	assert_true(g.list[0].growth_known);
	assert_float_equal(g.list[0].growth_per_s, 1, 1e-9);
	check_key(&g.list[1], "/usr/sbin/even");
	assert_false(g.list[1].growth_known);
	drop(&g);
}

static void test_table_shared_within_a_group_counts_once(void **state)
{
	struct fds_task_rec a = task(1, 10), b = task(3, 10), c = task(7, 4);
	struct query q = everything;
	struct groups g;

	b.files = a.files;
	a.opens = b.opens = 100;
	PASS(*state, SEC, a, b, c, thread(7, 71, 1));
	q.by = FDS_BY_EXE;
	g = sum(*state, &q);
	assert_int_equal(g.cnt, 1);
	assert_int_equal(g.list[0].processes, 3);
	assert_int_equal(g.list[0].tables, 3);
	assert_int_equal(g.list[0].allocated, 15);
	assert_int_equal(g.list[0].opens, 100);
	drop(&g);
}

static void test_table_shared_across_groups_counts_in_each(void **state)
{
	struct fds_task_rec a = task(1, 10), b = task(2, 10), c = task(3, 1);
	struct query q = everything;
	struct groups g;

	b.files = a.files;
	PASS(*state, SEC, a, b, c);
	q.by = FDS_BY_EXE;
	for (unsigned int again = 0; again < 2; again++) {
		g = sum(*state, &q);
		assert_int_equal(g.cnt, 2);
		check_key(&g.list[0], "/usr/bin/odd");
		assert_int_equal(g.list[0].allocated, 11);
		assert_int_equal(g.list[0].tables, 2);
		check_key(&g.list[1], "/usr/sbin/even");
		assert_int_equal(g.list[1].allocated, 10);
		assert_int_equal(g.list[1].tables, 1);
		drop(&g);
	}
}

static void test_members_without_a_key_come_last(void **state)
{
	struct query q = everything;
	struct groups g;

	/* 5 cannot be read and 6 has none: one group for both. */
	PASS(*state, SEC, task(5, 10), task(1, 20), task(6, 10), task(2, 20));
	q.by = FDS_BY_EXE;
	g = sum(*state, &q);
	assert_int_equal(g.cnt, 3);
	check_key(&g.list[0], "/usr/bin/odd"); /* equal sums: by name */
	check_key(&g.list[1], "/usr/sbin/even");
	check_key(&g.list[2], NULL);
	assert_int_equal(g.list[2].processes, 2);
	assert_int_equal(g.list[2].allocated, 20);
	drop(&g);
	/* Only among equals. */
	PASS(*state, 2 * SEC, task(5, 10), task(1, 20), task(6, 11));
	g = sum(*state, &q);
	assert_int_equal(g.cnt, 2);
	check_key(&g.list[0], NULL);
	drop(&g);
}

static void test_every_key_groups(void **state)
{
	static const struct {
		enum fds_group_key by;
		const char *keys[4];
		uint32_t processes[4];
		size_t cnt;
	} cases[] = {
		{FDS_BY_EXE, {"/usr/bin/odd", "/usr/sbin/even", NULL}, {2, 2, 2}, 3},
		{FDS_BY_USER, {"54321", "root", "54322"}, {4, 1, 1}, 3},
		{FDS_BY_UNIT, {"low.service", "high.service", NULL}, {2, 2, 2}, 3},
		{FDS_BY_CGROUP, {"/system.slice/low", "/system.slice/high", NULL}, {2, 2, 2}, 3},
		{FDS_BY_CONTAINER, {NULL, "box"}, {5, 1}, 2},
	};
	struct fds_task_rec recs[6];

	for (uint32_t i = 0; i < 6; i++) {
		recs[i] = task(i + 1, 60 - i);
		/* No user that some machine might have a name for. */
		recs[i].uid = recs[i].euid = i == 0 ? 0 : i % 3 ? ME : ME + 1;
	}
	pass(*state, SEC, recs, 6);
	for (size_t i = 0; i < CNT_OF(cases); i++) {
		struct query q = everything;
		struct groups g;

		q.by = cases[i].by;
		g = sum(*state, &q);
		assert_int_equal(g.cnt, cases[i].cnt);
		for (size_t k = 0; k < g.cnt; k++) {
			check_key(&g.list[k], cases[i].keys[k]);
			assert_int_equal(g.list[k].processes, cases[i].processes[k]);
		}
		drop(&g);
	}
}

static void test_worst_member(void **state)
{
	struct fds_task_rec a = task(1, 60), b = task(3, 1), c = task(7, 50);
	struct query q = everything;
	struct groups g;

	a.soft = FDS_RLIM_INFINITY;
	b.soft = 1;
	PASS(*state, SEC, zombie(9), a, b, c);
	q.by = FDS_BY_EXE;
	g = sum(*state, &q);
	assert_int_equal(g.list[0].worst->key.pid, 3);
	assert_true(g.list[0].worst_ratio == 1);
	assert_int_equal(g.list[0].processes, 4);
	assert_int_equal(g.list[0].tables, 3);
	drop(&g);
	/* No limit at all: some member, but no ratio. */
	PASS(*state, 2 * SEC, zombie(9), a);
	g = sum(*state, &q);
	assert_non_null(g.list[0].worst);
	assert_true(g.list[0].worst_ratio < 0);
	drop(&g);
	/* No table at all. */
	PASS(*state, 3 * SEC, zombie(9));
	g = sum(*state, &q);
	assert_int_equal(g.list[0].worst->key.pid, 9);
	assert_int_equal(g.list[0].processes, 1);
	assert_int_equal(g.list[0].tables, 0);
	assert_int_equal(g.list[0].highest, -1);
	assert_true(g.list[0].opens == FDS_UNKNOWN);
	drop(&g);
}

static void check_order(struct store *s, enum fds_sort_key sort, const char *const *keys)
{
	struct query q = everything;
	struct groups g;

	q.by = FDS_BY_EXE;
	q.sort = sort;
	g = sum(s, &q);
	assert_int_equal(g.cnt, 3);
	for (size_t i = 0; i < 3; i++)
		check_key(&g.list[i], keys[i]);
	drop(&g);
}

static void test_groups_are_sorted_by_each_key(void **state)
{
#define ODD  "/usr/bin/odd"
#define EVEN "/usr/sbin/even"
	struct fds_task_rec odd = task(1, 30), even = task(2, 20), none = task(6, 10);

	odd.soft = 1000;
	none.soft = 20;
	even.highest = 500;
	odd.opens = 5;
	none.opens = 7;
	for (uint32_t i = 0; i < 6; i++) {
		even.allocated = 20 + i;
		none.allocated = 20 - i;
		PASS(*state, (100 + 4 * i) * SEC, odd, even, none);
	}
	check_order(*state, FDS_SORT_ALLOCATED, (const char *[]){ODD, EVEN, NULL});
	check_order(*state, FDS_SORT_USED, (const char *[]){NULL, EVEN, ODD});
	check_order(*state, FDS_SORT_HIGHEST, (const char *[]){EVEN, ODD, NULL});
	check_order(*state, FDS_SORT_OPENS, (const char *[]){NULL, ODD, EVEN});
	check_order(*state, FDS_SORT_GROWTH, (const char *[]){EVEN, ODD, NULL});
	/* Growth that is not known comes after growth that is negative. */
	PASS(*state, 130 * SEC, task(4, 20), none, odd);
	check_order(*state, FDS_SORT_GROWTH, (const char *[]){ODD, NULL, EVEN});
#undef ODD
#undef EVEN
}

static void test_groups_are_cut_filtered_and_viewed(void **state)
{
	struct query q = everything;
	struct groups g;

	fill_six(*state);
	q.by = FDS_BY_EXE;
	q.limit = 1;
	g = sum(*state, &q);
	assert_int_equal(g.cnt, 1);
	assert_int_equal(g.total, 3);
	check_key(&g.list[0], "/usr/bin/odd");
	drop(&g);
	q.limit = 0;
	assert_int_equal(rank__parse_filter("unit:high*", &q), 0);
	g = sum(*state, &q);
	assert_int_equal(g.cnt, 2);
	assert_int_equal(g.list[0].processes, 1);
	assert_int_equal(g.list[0].worst->key.pid, 3);
	drop(&g);
	q = (struct query){.by = FDS_BY_EXE, .viewer.uid = ME};
	g = sum(*state, &q);
	assert_int_equal(g.cnt, 1);
	assert_int_equal(g.list[0].processes, 1);
	assert_int_equal(g.list[0].allocated, 59);
	assert_int_equal(g.list[0].worst->key.pid, 2);
	drop(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RANK_TEST(test_nothing_to_rank),
		RANK_TEST(test_sort_by_allocated),
		RANK_TEST(test_sort_by_used),
		RANK_TEST(test_sort_by_highest),
		RANK_TEST(test_sort_by_opens),
		RANK_TEST(test_sort_by_growth),
		RANK_TEST(test_ties_go_by_number),
		RANK_TEST(test_ties_of_threads_go_by_their_number),
		RANK_TEST(test_limit_cuts_after_sorting),
		RANK_TEST(test_parse_filter),
		RANK_TEST(test_filters),
		RANK_TEST(test_total_counts_what_passes),
		RANK_TEST(test_viewer_check),
		RANK_TEST(test_viewer_sees_what_is_wholly_his),
		RANK_TEST(test_groups_sum_their_members),
		RANK_TEST(test_group_adds_the_counters_it_knows),
		RANK_TEST(test_group_growth_is_the_sum),
		RANK_TEST(test_table_shared_within_a_group_counts_once),
		RANK_TEST(test_table_shared_across_groups_counts_in_each),
		RANK_TEST(test_members_without_a_key_come_last),
		RANK_TEST(test_every_key_groups),
		RANK_TEST(test_worst_member),
		RANK_TEST(test_groups_are_sorted_by_each_key),
		RANK_TEST(test_groups_are_cut_filtered_and_viewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
