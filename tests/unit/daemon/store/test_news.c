// links: daemon/store/*.c daemon/source/identity.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* What the store tells: levels, limits and drift found by passes, and the events between them. */
#include "records.h"

#include <errno.h>

struct ear {
	struct store store;
	struct heard heard;
};

static int ear_setup(void **state)
{
	static const uint8_t levels[] = {50, 80, 95};
	struct ear *e = calloc(1, sizeof(*e));

	store__init(&e->store);
	memcpy(e->store.levels, levels, sizeof(levels));
	e->store.on_news = hear;
	e->store.ctx = &e->heard;
	*state = e;
	return 0;
}

static int ear_teardown(void **state)
{
	struct ear *e = *state;

	store__done(&e->store);
	free(e);
	return 0;
}

#define EAR_TEST(f) cmocka_unit_test_setup_teardown(f, ear_setup, ear_teardown)

/* The only news since the last look. */
static struct news only(struct ear *e, enum fds_news type)
{
	if (e->heard.cnt != 1)
		fail_msg("%u news instead of one", e->heard.cnt);
	assert_int_equal(e->heard.list[0].type, type);
	e->heard.cnt = 0;
	return e->heard.list[0];
}

static void nothing(struct ear *e)
{
	if (e->heard.cnt)
		fail_msg("%u news, the first of type %d, level %u", e->heard.cnt,
			 e->heard.list[0].type, e->heard.list[0].level);
}

/* A pass in which process 7 has so many of its 100. */
static void use(struct ear *e, uint32_t allocated)
{
	PASS(&e->store, e->store.pass_ns + SEC, task(7, allocated));
}

static void expect_level(struct ear *e, uint32_t level, bool up, uint32_t allocated)
{
	struct news n = only(e, FDS_NEWS_LEVEL);

	assert_int_equal(n.level, level);
	assert_int_equal(n.up, up);
	assert_int_equal(n.allocated, allocated);
	assert_int_equal(n.highest, (int32_t)allocated - 1);
	assert_int_equal(n.pid, 7);
	assert_int_equal(n.tid, 7);
	assert_int_equal(n.uid, 1000);
	assert_int_equal(n.euid, 1000);
	assert_int_equal(n.soft, 100);
	assert_int_equal(n.hard, 4096);
	assert_int_equal(n.time_ns, e->store.pass_ns);
	assert_string_equal(n.comm, "task-7");
}

/* ---- levels ---- */

static void test_levels_rise_at_the_border(void **state)
{
	struct ear *e = *state;

	use(e, 49);
	nothing(e);
	use(e, 50);
	expect_level(e, 50, true, 50);
	use(e, 79);
	nothing(e);
	use(e, 80);
	expect_level(e, 80, true, 80);
	use(e, 80);
	nothing(e);
	use(e, 94);
	nothing(e);
	use(e, 100);
	expect_level(e, 95, true, 100);
}

static void test_a_jump_tells_the_highest_level(void **state)
{
	struct ear *e = *state;

	use(e, 1);
	nothing(e);
	use(e, 97);
	expect_level(e, 95, true, 97);
	use(e, 1);
	expect_level(e, 95, false, 1);
	use(e, 1);
	nothing(e);
}

static void test_levels_fall_five_below(void **state)
{
	struct ear *e = *state;

	use(e, 80);
	expect_level(e, 80, true, 80);
	use(e, 79);
	nothing(e);
	use(e, 75);
	nothing(e);
	use(e, 80); /* back within: not told again */
	nothing(e);
	use(e, 74);
	expect_level(e, 80, false, 74);
	/* 50 is still reached, and was never left. */
	use(e, 79);
	nothing(e);
	use(e, 45);
	nothing(e);
	use(e, 44);
	expect_level(e, 50, false, 44);
	use(e, 49);
	nothing(e);
	use(e, 50);
	expect_level(e, 50, true, 50);
}

/* From 95 to where 80 counts as reached still: 80 is not left, so it is not told again. */
static void test_levels_fall_one_by_one(void **state)
{
	struct ear *e = *state;

	use(e, 96);
	expect_level(e, 95, true, 96);
	use(e, 78);
	expect_level(e, 95, false, 78);
	use(e, 81);
	nothing(e);
	use(e, 74);
	expect_level(e, 80, false, 74);
}

/* Low levels can be left too. */
static void test_level_within_the_hysteresis_of_nothing(void **state)
{
	struct ear *e = *state;

	e->store.levels[0] = 6;
	use(e, 6);
	expect_level(e, 6, true, 6);
	use(e, 1);
	nothing(e);
	use(e, 0);
	expect_level(e, 6, false, 0);
}

static void test_borders_in_a_large_limit(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec rec = task(7, 838860);

	rec.soft = 1048576;
	PASS(&e->store, SEC, rec); /* 79.99996 per cent */
	assert_int_equal(only(e, FDS_NEWS_LEVEL).level, 50);
	rec.allocated = 838861;
	PASS(&e->store, 2 * SEC, rec);
	assert_int_equal(only(e, FDS_NEWS_LEVEL).level, 80);
	rec.allocated = 786432; /* 75 */
	PASS(&e->store, 3 * SEC, rec);
	nothing(e);
	rec.allocated = 786431;
	PASS(&e->store, 4 * SEC, rec);
	assert_false(only(e, FDS_NEWS_LEVEL).up);
}

static void test_no_levels_no_news(void **state)
{
	struct ear *e = *state;

	memset(e->store.levels, 0, sizeof(e->store.levels));
	use(e, 100);
	nothing(e);
}

static void test_all_places_for_levels_may_be_taken(void **state)
{
	struct ear *e = *state;

	for (unsigned int i = 0; i < STORE_LEVEL_CNT; i++)
		e->store.levels[i] = 10 * (i + 1);
	use(e, 79);
	expect_level(e, 70, true, 79);
	use(e, 100);
	expect_level(e, 80, true, 100);
}

static void test_lowering_the_limit_crosses_a_level(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec rec = task(7, 40);

	PASS(&e->store, SEC, rec);
	nothing(e);
	rec.soft = 50;
	PASS(&e->store, 2 * SEC, rec);
	assert_int_equal(e->heard.cnt, 2);
	assert_int_equal(e->heard.list[0].type, FDS_NEWS_LIMIT);
	assert_int_equal(e->heard.list[1].type, FDS_NEWS_LEVEL);
	assert_int_equal(e->heard.list[1].level, 80);
	assert_int_equal(e->heard.list[1].soft, 50);
	e->heard.cnt = 0;
	/* Without a limit there is nothing to be near of. */
	rec.soft = FDS_RLIM_INFINITY;
	rec.hard = FDS_RLIM_INFINITY;
	PASS(&e->store, 3 * SEC, rec);
	assert_int_equal(e->heard.cnt, 2);
	assert_int_equal(e->heard.list[1].type, FDS_NEWS_LEVEL);
	assert_int_equal(e->heard.list[1].level, 80);
	assert_false(e->heard.list[1].up);
}

static void test_a_table_that_is_gone_leaves_its_level(void **state)
{
	struct ear *e = *state;
	struct news n;

	use(e, 90);
	expect_level(e, 80, true, 90);
	PASS(&e->store, 9 * SEC, zombie(7));
	n = only(e, FDS_NEWS_LEVEL);
	assert_false(n.up);
	assert_int_equal(n.level, 80);
	assert_int_equal(n.allocated, 0);
	assert_int_equal(n.highest, -1);
}

static void test_torn_record_crosses_nothing(void **state)
{
	struct ear *e = *state;

	use(e, 10);
	PASS(&e->store, 9 * SEC, torn(task(7, 10)));
	nothing(e);
	use(e, 90);
	expect_level(e, 80, true, 90);
	PASS(&e->store, 19 * SEC, torn(task(7, 10)));
	nothing(e);
}

static void test_everybody_has_levels_of_his_own(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec b = task(8, 90);

	b.soft = 1000;
	PASS(&e->store, SEC, task(7, 90), b, thread(7, 71, 60));
	assert_int_equal(e->heard.cnt, 2);
	for (unsigned int i = 0; i < 2; i++) {
		const struct news *n = &e->heard.list[i];

		assert_int_equal(n->pid, 7);
		assert_int_equal(n->level, n->tid == 71 ? 50 : 80);
		assert_int_equal(n->allocated, n->tid == 71 ? 60 : 90);
	}
	assert_int_not_equal(e->heard.list[0].tid, e->heard.list[1].tid);
}

static void test_nobody_listens(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec rec = task(7, 99);

	e->store.on_news = NULL;
	PASS(&e->store, SEC, rec);
	rec.soft = 50;
	rec.drift = 3;
	PASS(&e->store, 2 * SEC, rec);
	store__apply_event(&e->store, &(struct fds_event){.type = FDS_EVENT_EXIT, .tgid = 7});
	nothing(e);
	assert_int_equal(e->store.drift, 3);
}

/* ---- limits ---- */

static void test_limit_change_tells_old_and_new(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec rec = task(7, 10);
	struct news n;

	rec.euid = 0;
	PASS(&e->store, SEC, rec);
	nothing(e); /* a process that is new has no change */
	rec.soft = 200;
	PASS(&e->store, 2 * SEC, rec);
	n = only(e, FDS_NEWS_LIMIT);
	assert_int_equal(n.old_soft, 100);
	assert_int_equal(n.old_hard, 4096);
	assert_int_equal(n.soft, 200);
	assert_int_equal(n.hard, 4096);
	assert_int_equal(n.pid, 7);
	assert_int_equal(n.uid, 1000);
	assert_int_equal(n.euid, 0);
	assert_int_equal(n.time_ns, 2 * SEC);
	assert_string_equal(n.comm, "task-7");
	rec.hard = FDS_RLIM_INFINITY;
	PASS(&e->store, 3 * SEC, rec);
	n = only(e, FDS_NEWS_LIMIT);
	assert_int_equal(n.old_soft, 200);
	assert_int_equal(n.old_hard, 4096);
	assert_int_equal(n.soft, 200);
	assert_true(n.hard == FDS_RLIM_INFINITY);
	PASS(&e->store, 4 * SEC, rec);
	nothing(e);
}

static void test_limit_of_another_process_with_the_pid_is_no_change(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec rec = task(7, 10);

	PASS(&e->store, SEC, rec);
	rec.soft = 999;
	rec.start_ns++;
	PASS(&e->store, 2 * SEC, rec);
	nothing(e);
	assert_int_equal(row(&e->store, 7, 7)->soft, 999);
}

/* A leader that has ended and the thread that has its table are one row, so one change. */
static void test_limit_change_behind_an_ended_leader_is_told_once(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec leader = zombie(7), other = thread(7, 71, 1);

	PASS(&e->store, SEC, leader, other);
	leader.soft = other.soft = 300;
	PASS(&e->store, 2 * SEC, leader, other);
	assert_int_equal(only(e, FDS_NEWS_LIMIT).soft, 300);
}

/* A limit is the process's, however many tables its threads have. */
static void test_limit_change_is_told_once_a_process(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec leader = task(7, 10), a = thread(7, 71, 1), b = thread(7, 72, 1);

	PASS(&e->store, SEC, leader, a, b);
	leader.soft = a.soft = b.soft = 300;
	PASS(&e->store, 2 * SEC, leader, a, b);
	assert_int_equal(only(e, FDS_NEWS_LIMIT).tid, 7);
	assert_int_equal(row(&e->store, 7, 71)->soft, 300);
}

/* ---- drift ---- */

static void test_drift_is_told_and_summed(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec a = task(7, 10), b = task(8, 10);
	struct news n;

	a.drift = -3;
	b.corrected = 5;
	PASS(&e->store, SEC, a, b);
	n = only(e, FDS_NEWS_DRIFT);
	assert_int_equal(n.pid, 7);
	assert_int_equal(n.drift, -3);
	assert_int_equal(n.time_ns, SEC);
	assert_int_equal(n.allocated, 10);
	assert_int_equal(e->store.drift, 3);
	assert_int_equal(e->store.corrected, 5);
	a.drift = 2;
	b.corrected = -7;
	PASS(&e->store, 2 * SEC, a, b);
	assert_int_equal(only(e, FDS_NEWS_DRIFT).drift, 2);
	assert_int_equal(e->store.drift, 5);
	assert_int_equal(e->store.corrected, 12);
	PASS(&e->store, 3 * SEC, task(7, 10), task(8, 10));
	nothing(e);
	assert_int_equal(e->store.drift, 5);
	assert_int_equal(e->store.corrected, 12);
}

/* ---- events ---- */

static struct fds_event event(uint32_t type, uint32_t pid)
{
	struct fds_event ev = {
		.time_ns = 123456789,
		.files = TABLE_OF(pid),
		.start_ns = pid * SEC,
		.soft = 100,
		.hard = 4096,
		.type = type,
		.tgid = pid,
		.tid = pid,
		.uid = 1000,
		.euid = 1001,
		.installed = 8,
		.syscall_nr = ~0u,
		.comm = "sixteen-letters!",
	};

	return ev;
}

static void check_common(const struct news *n, uint32_t pid, uint32_t tid)
{
	assert_int_equal(n->time_ns, 123456789);
	assert_int_equal(n->pid, pid);
	assert_int_equal(n->tid, tid);
	assert_int_equal(n->uid, 1000);
	assert_int_equal(n->euid, 1001);
	assert_string_equal(n->comm, "sixteen-letters!");
}

static struct fds_event level_event(uint32_t pid, uint32_t level, uint32_t fd)
{
	struct fds_event ev = event(FDS_EVENT_LEVEL, pid);

	ev.level = level;
	ev.fd = fd;
	return ev;
}

static void check_level_event(struct ear *e, uint32_t pid, uint32_t level, uint32_t fd)
{
	struct news n = only(e, FDS_NEWS_LEVEL);

	check_common(&n, pid, pid);
	assert_true(n.up);
	assert_int_equal(n.level, level);
	assert_int_equal(n.allocated, fd + 1);
	assert_int_equal(n.highest, fd);
	assert_int_equal(n.soft, 100);
	assert_int_equal(n.hard, 4096);
}

static void test_level_event_is_told_once(void **state)
{
	struct ear *e = *state;
	struct fds_event ev = level_event(7, 80, 79);

	use(e, 10);
	store__apply_event(&e->store, &ev);
	check_level_event(e, 7, 80, 79);
	store__apply_event(&e->store, &ev);
	ev.level = 50;
	store__apply_event(&e->store, &ev);
	nothing(e);
	/* The pass finds what was told already. */
	use(e, 85);
	nothing(e);
	use(e, 95);
	expect_level(e, 95, true, 95);
	ev = level_event(7, 95, 94);
	store__apply_event(&e->store, &ev);
	nothing(e);
}

static void test_level_event_over_before_the_pass(void **state)
{
	struct ear *e = *state;
	struct fds_event ev = level_event(7, 80, 79);

	use(e, 10);
	store__apply_event(&e->store, &ev);
	check_level_event(e, 7, 80, 79);
	use(e, 10);
	expect_level(e, 80, false, 10);
	/* And so it is news again. */
	store__apply_event(&e->store, &ev);
	check_level_event(e, 7, 80, 79);
}

static void test_level_event_of_an_unknown_process(void **state)
{
	struct ear *e = *state;
	struct fds_event ev = level_event(9, 80, 79);

	use(e, 10);
	store__apply_event(&e->store, &ev);
	check_level_event(e, 9, 80, 79);
	assert_null(store__find(&e->store, 9, 9));
}

static void test_level_event_of_a_reused_pid(void **state)
{
	struct ear *e = *state;
	struct fds_event ev = level_event(7, 50, 49);

	use(e, 90);
	expect_level(e, 80, true, 90);
	ev.start_ns++;
	store__apply_event(&e->store, &ev);
	check_level_event(e, 7, 50, 49);
	/* The one we know still has its level. */
	assert_int_equal(row(&e->store, 7, 7)->level, 80);
	use(e, 90);
	nothing(e);
}

/* From nothing to the limit between two passes. */
static void test_level_event_of_a_new_process_is_told_once(void **state)
{
	struct ear *e = *state;
	struct fds_event low = level_event(7, 50, 49), high = level_event(7, 80, 79);
	struct fds_task_rec other = task(7, 85);

	store__apply_event(&e->store, &low);
	check_level_event(e, 7, 50, 49);
	store__apply_event(&e->store, &high);
	check_level_event(e, 7, 80, 79);
	use(e, 85);
	nothing(e);
	/* That was said of this process, not of the next with its number. */
	other.start_ns++;
	PASS(&e->store, 9 * SEC, other);
	expect_level(e, 80, true, 85);
}

static void test_many_level_events_of_new_processes(void **state)
{
	struct ear *e = *state;

	for (uint32_t i = 0; i < 2 * STORE_TOLD_MAX; i++) {
		struct fds_event ev = level_event(100 + i, 80, 79);

		store__apply_event(&e->store, &ev);
		check_level_event(e, 100 + i, 80, 79);
	}
}

/* A thread with a table of its own: its level, not its leader's. */
static void test_level_event_of_a_thread(void **state)
{
	struct ear *e = *state;
	struct fds_event ev = level_event(7, 80, 79);

	PASS(&e->store, SEC, task(7, 10), thread(7, 71, 10));
	ev.tid = 71;
	ev.files = TABLE_OF(71);
	store__apply_event(&e->store, &ev);
	assert_int_equal(only(e, FDS_NEWS_LEVEL).tid, 71);
	PASS(&e->store, 2 * SEC, task(7, 10), thread(7, 71, 85));
	nothing(e);
	/* One that uses its leader's. */
	ev.tid = 72;
	ev.files = TABLE_OF(7);
	store__apply_event(&e->store, &ev);
	assert_int_equal(only(e, FDS_NEWS_LEVEL).tid, 72);
	PASS(&e->store, 3 * SEC, task(7, 85), thread(7, 71, 85));
	nothing(e);
}

static void test_failure_event(void **state)
{
	struct ear *e = *state;
	struct fds_event ev = event(FDS_EVENT_FAILURE, 7);
	struct news n;

	use(e, 10);
	ev.tid = 71;
	ev.error = EMFILE;
	ev.syscall_nr = 257;
	ev.held_back = 12;
	store__apply_event(&e->store, &ev);
	n = only(e, FDS_NEWS_FAILURE);
	check_common(&n, 7, 71);
	assert_int_equal(n.error, EMFILE);
	assert_int_equal(n.syscall_nr, 257);
	assert_int_equal(n.held_back, 12);
	assert_int_equal(n.soft, 100);
	assert_int_equal(n.allocated, 10); /* the pass knew of more than was installed */
	assert_int_equal(n.highest, -1);
	ev.installed = 100;
	store__apply_event(&e->store, &ev);
	assert_int_equal(only(e, FDS_NEWS_FAILURE).allocated, 100);
}

static void test_failure_event_without_a_known_table(void **state)
{
	struct ear *e = *state;
	struct fds_event ev = event(FDS_EVENT_FAILURE, 9);

	PASS(&e->store, SEC, task(7, 10), zombie(6));
	store__apply_event(&e->store, &ev);
	assert_int_equal(only(e, FDS_NEWS_FAILURE).allocated, 8);
	ev = event(FDS_EVENT_FAILURE, 6);
	store__apply_event(&e->store, &ev);
	assert_int_equal(only(e, FDS_NEWS_FAILURE).allocated, 8);
	/* What another process with the number had says nothing. */
	ev = event(FDS_EVENT_FAILURE, 7);
	ev.start_ns++;
	store__apply_event(&e->store, &ev);
	assert_int_equal(only(e, FDS_NEWS_FAILURE).allocated, 8);
}

static void test_life_events(void **state)
{
	static const struct {
		uint32_t event;
		enum fds_news news;
	} life[] = {
		{FDS_EVENT_FORK, FDS_NEWS_FORK},
		{FDS_EVENT_EXEC, FDS_NEWS_EXEC},
		{FDS_EVENT_EXIT, FDS_NEWS_EXIT},
	};
	struct ear *e = *state;

	use(e, 10);
	for (unsigned int i = 0; i < CNT_OF(life); i++) {
		struct fds_event known = event(life[i].event, 7), unknown = event(life[i].event, 9);
		struct news n;

		known.target = 70;
		store__apply_event(&e->store, &known);
		n = only(e, life[i].news);
		check_common(&n, 7, 7);
		assert_int_equal(n.child, 70);
		known.start_ns++; /* the number in other hands */
		store__apply_event(&e->store, &known);
		n = only(e, life[i].news);
		check_common(&n, 7, 7);
		store__apply_event(&e->store, &unknown);
		n = only(e, life[i].news);
		check_common(&n, 9, 9);
	}
	/* Only a pass makes and ends rows. */
	assert_int_equal(HASH_COUNT(e->store.processes), 1);
	assert_int_equal(table(&e->store, 7)->allocated, 10);
}

static void test_limit_event_is_left_to_the_pass(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec rec = task(7, 10);
	struct fds_event ev = event(FDS_EVENT_LIMIT, 1);

	PASS(&e->store, SEC, rec);
	ev.target = 7;
	ev.soft = 777;
	store__apply_event(&e->store, &ev);
	nothing(e);
	assert_int_equal(row(&e->store, 7, 7)->soft, 100);
	rec.soft = 777;
	PASS(&e->store, 2 * SEC, rec);
	assert_int_equal(only(e, FDS_NEWS_LIMIT).soft, 777);
}

/* Who sets his own limit is told at once, once, and whichever thread does it. */
static void test_own_limit_event(void **state)
{
	struct ear *e = *state;
	struct fds_task_rec rec = task(7, 10), own = thread(7, 71, 5);
	struct fds_event ev = event(FDS_EVENT_LIMIT, 7);
	struct news n;

	PASS(&e->store, SEC, rec, own);
	ev.target = 7;
	ev.tid = 71;
	ev.files = own.files;
	ev.soft = 777;
	store__apply_event(&e->store, &ev);
	n = only(e, FDS_NEWS_LIMIT);
	assert_int_equal(n.soft, 777);
	assert_int_equal(n.old_soft, 100);
	assert_false(n.old_unknown);
	rec.soft = own.soft = 777;
	PASS(&e->store, 2 * SEC, rec, own);
	nothing(e);

	/* Of one that no pass has met, the old limit is not known. */
	ev = event(FDS_EVENT_LIMIT, 9);
	ev.target = 9;
	store__apply_event(&e->store, &ev);
	assert_true(only(e, FDS_NEWS_LIMIT).old_unknown);
}

static void test_events_that_are_none(void **state)
{
	static const uint32_t types[] = {FDS_EVENT_NONE, FDS_EVENT_LIMIT + 1, 1000, UINT32_MAX};
	struct ear *e = *state;

	use(e, 10);
	for (unsigned int i = 0; i < CNT_OF(types); i++) {
		struct fds_event ev = event(types[i], 7);

		store__apply_event(&e->store, &ev);
	}
	nothing(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EAR_TEST(test_levels_rise_at_the_border),
		EAR_TEST(test_a_jump_tells_the_highest_level),
		EAR_TEST(test_levels_fall_five_below),
		EAR_TEST(test_levels_fall_one_by_one),
		EAR_TEST(test_level_within_the_hysteresis_of_nothing),
		EAR_TEST(test_borders_in_a_large_limit),
		EAR_TEST(test_no_levels_no_news),
		EAR_TEST(test_all_places_for_levels_may_be_taken),
		EAR_TEST(test_lowering_the_limit_crosses_a_level),
		EAR_TEST(test_a_table_that_is_gone_leaves_its_level),
		EAR_TEST(test_torn_record_crosses_nothing),
		EAR_TEST(test_everybody_has_levels_of_his_own),
		EAR_TEST(test_nobody_listens),
		EAR_TEST(test_limit_change_tells_old_and_new),
		EAR_TEST(test_limit_of_another_process_with_the_pid_is_no_change),
		EAR_TEST(test_limit_change_behind_an_ended_leader_is_told_once),
		EAR_TEST(test_limit_change_is_told_once_a_process),
		EAR_TEST(test_drift_is_told_and_summed),
		EAR_TEST(test_level_event_is_told_once),
		EAR_TEST(test_level_event_over_before_the_pass),
		EAR_TEST(test_level_event_of_an_unknown_process),
		EAR_TEST(test_level_event_of_a_reused_pid),
		EAR_TEST(test_level_event_of_a_new_process_is_told_once),
		EAR_TEST(test_many_level_events_of_new_processes),
		EAR_TEST(test_level_event_of_a_thread),
		EAR_TEST(test_failure_event),
		EAR_TEST(test_failure_event_without_a_known_table),
		EAR_TEST(test_life_events),
		EAR_TEST(test_limit_event_is_left_to_the_pass),
		EAR_TEST(test_own_limit_event),
		EAR_TEST(test_events_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
