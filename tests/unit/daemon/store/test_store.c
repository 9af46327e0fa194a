// links: daemon/store/*.c daemon/source/identity.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Truth passes: which rows there are, whose numbers they show, and what the host's sums count. */
#include "records.h"

#include "source/identity.h"

#include <errno.h>

static void check_totals(const struct store *s, uint32_t processes, uint32_t tables,
			 uint64_t allocated)
{
	assert_int_equal(s->totals.processes, processes);
	assert_int_equal(s->totals.tables, tables);
	assert_int_equal(s->totals.allocated, allocated);
}

static unsigned int row_cnt(const struct store *s)
{
	return HASH_COUNT(s->processes);
}

/* ---- rows come and go ---- */

static void test_empty(void **state)
{
	struct store *s = *state;

	assert_null(store__first(s));
	assert_int_equal(s->pass_ns, 0);
	pass(s, 5 * SEC, NULL, 0);
	assert_null(store__first(s));
	assert_int_equal(s->pass_ns, 5 * SEC);
	check_totals(s, 0, 0, 0);
}

static void test_row_shows_its_record(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = {
		.files = 0x1000,
		.start_ns = 2,
		.exec_id = 3,
		.soft = 4,
		.hard = 5,
		.opens = 6,
		.closes = 7,
		.failures = 8,
		.tgid = 9,
		.tid = 9,
		.ppid = 10,
		.ns_tgid = 11,
		.uid = 12,
		.euid = 13,
		.allocated = 14,
		.installed = 12,
		.highest = 15,
		.counted = -1,
		.threads = 16,
		.max_fds = 64,
		.comm = "all-sixteen-byte", /* no room for a NUL */
	};
	const struct process *p;

	PASS(s, SEC, rec);
	p = row(s, 9, 9);
	assert_int_equal(p->start_ns, 2);
	assert_int_equal(p->exec_id, 3);
	assert_int_equal(p->soft, 4);
	assert_int_equal(p->hard, 5);
	assert_int_equal(p->table_tid, 9);
	assert_int_equal(p->ppid, 10);
	assert_int_equal(p->ns_pid, 11);
	assert_int_equal(p->uid, 12);
	assert_int_equal(p->euid, 13);
	assert_int_equal(p->threads, 16);
	assert_false(p->kthread);
	assert_false(p->zombie);
	assert_string_equal(p->comm, "all-sixteen-byte");
	assert_int_equal(p->table->addr, 0x1000);
	assert_int_equal(p->table->users, 1);
	assert_int_equal(p->table->opens, 6);
	assert_int_equal(p->table->closes, 7);
	assert_int_equal(p->table->failures, 8);
	assert_int_equal(p->table->allocated, 14);
	assert_int_equal(p->table->installed, 12);
	assert_int_equal(table__reserved(p->table), 2);
	assert_int_equal(p->table->highest, 15);
	assert_int_equal(p->table->max_fds, 64);
}

/* /proc is read in two steps, so there may seem to be more files than numbers. */
static void test_installed_is_never_above_allocated(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = task(7, 10);

	rec.installed = 12;
	PASS(s, SEC, rec);
	assert_int_equal(table(s, 7)->allocated, 10);
	assert_int_equal(table(s, 7)->installed, 10);
	assert_int_equal(table__reserved(table(s, 7)), 0);
}

static void test_row_follows_its_record(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = task(7, 10);
	const struct process *p;

	PASS(s, SEC, rec);
	p = row(s, 7, 7);
	rec.allocated = 4;
	rec.installed = 3;
	rec.highest = 8;
	rec.ppid = 77;
	rec.euid = 0;
	rec.threads = 2;
	rec.exec_id = 2;
	memset(rec.comm, 0, sizeof(rec.comm));
	strcpy(rec.comm, "x");
	PASS(s, 2 * SEC, rec);
	assert_ptr_equal(row(s, 7, 7), p);
	assert_int_equal(p->table->allocated, 4);
	assert_int_equal(p->table->installed, 3);
	assert_int_equal(p->table->highest, 8);
	assert_int_equal(p->ppid, 77);
	assert_int_equal(p->euid, 0);
	assert_int_equal(p->threads, 2);
	assert_int_equal(p->exec_id, 2);
	assert_string_equal(p->comm, "x");
	assert_int_equal(row_cnt(s), 1);
}

static void test_what_is_not_met_is_forgotten(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, task(1, 5), task(2, 6), task(3, 7));
	check_totals(s, 3, 3, 18);
	PASS(s, 2 * SEC, task(1, 5), task(3, 7));
	assert_null(store__find(s, 2, 2));
	assert_int_equal(row_cnt(s), 2);
	assert_int_equal(HASH_COUNT(s->tables), 2);
	check_totals(s, 2, 2, 12);
	pass(s, 3 * SEC, NULL, 0);
	assert_int_equal(row_cnt(s), 0);
	assert_int_equal(HASH_COUNT(s->tables), 0);
}

static void test_all_rows_are_walked_once(void **state)
{
	struct store *s = *state;
	struct fds_task_rec recs[500];
	bool seen[CNT_OF(recs)] = {};
	unsigned int cnt = 0;

	for (uint32_t i = 0; i < CNT_OF(recs); i++)
		recs[i] = task(i + 1, i);
	pass(s, SEC, recs, CNT_OF(recs));
	for (const struct process *p = store__first(s); p; p = store__next(p)) {
		assert_in_range(p->key.pid, 1, CNT_OF(recs));
		assert_false(seen[p->key.pid - 1]);
		seen[p->key.pid - 1] = true;
		assert_int_equal(p->table->allocated, p->key.pid - 1);
		cnt++;
	}
	assert_int_equal(cnt, CNT_OF(recs));
	check_totals(s, 500, 500, 499 * 500 / 2);
}

static void test_a_pid_used_again_is_another_process(void **state)
{
	struct store *s = *state;
	struct fds_task_rec old = task(7, 50), new = task(7, 3);
	uint64_t old_id;

	old.soft = 55;
	PASS(s, SEC, old);
	old_id = table(s, 7)->id;
	assert_int_equal(row(s, 7, 7)->level, 0);
	row(s, 7, 7)->level = 80;
	new.start_ns++;
	new.files = 0x7000;
	PASS(s, 2 * SEC, new);
	assert_int_equal(row_cnt(s), 1);
	assert_int_equal(row(s, 7, 7)->start_ns, new.start_ns);
	assert_int_equal(row(s, 7, 7)->level, 0);
	assert_int_equal(table(s, 7)->allocated, 3);
	assert_int_equal(table(s, 7)->peak, 3);
	assert_true(table(s, 7)->id > old_id);
	assert_int_equal(HASH_COUNT(s->tables), 1);
}

static void test_zombie_has_no_table(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, task(7, 5), zombie(8));
	assert_true(row(s, 8, 8)->zombie);
	assert_null(row(s, 8, 8)->table);
	assert_false(row(s, 7, 7)->zombie);
	check_totals(s, 2, 1, 5);
	PASS(s, 2 * SEC, zombie(7), zombie(8));
	assert_true(row(s, 7, 7)->zombie);
	assert_null(row(s, 7, 7)->table);
	assert_int_equal(HASH_COUNT(s->tables), 0);
	check_totals(s, 2, 0, 0);
}

/* Kernel threads all use the table that the first process had, which is nobody's. */
static void test_kernel_threads_add_no_table(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(2, 1), b = task(3, 1);

	a.files = b.files = 0x100;
	a.flags = b.flags = FDS_TASK_KTHREAD;
	a.soft = b.soft = 1;
	s->levels[0] = 50;
	PASS(s, SEC, a, b, task(7, 5));
	assert_true(row(s, 2, 2)->kthread);
	assert_false(row(s, 7, 7)->kthread);
	assert_int_equal(row(s, 2, 2)->level, 0);
	assert_int_equal(s->totals.threads, 3);
	check_totals(s, 3, 1, 5);
}

/* ---- the host's sums ---- */

static void test_sums_count_a_shared_table_once(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(7, 10), b = task(8, 10), c = task(9, 4);

	b.files = a.files;
	a.installed = b.installed = 8;
	a.threads = 3;
	PASS(s, SEC, a, b, c);
	assert_ptr_equal(table(s, 7), table(s, 8));
	assert_int_equal(table(s, 7)->users, 2);
	assert_int_equal(table(s, 9)->users, 1);
	check_totals(s, 3, 2, 14);
	assert_int_equal(s->totals.installed, 12);
	assert_int_equal(s->totals.threads, 5);
	/* And again, not on top. */
	PASS(s, 2 * SEC, a, b, c);
	assert_int_equal(table(s, 7)->users, 2);
	check_totals(s, 3, 2, 14);
}

static void test_threads_with_tables_are_no_processes(void **state)
{
	struct store *s = *state;
	struct fds_task_rec leader = task(7, 10), other = thread(7, 71, 4);

	leader.threads = other.threads = 2;
	PASS(s, SEC, leader, other);
	check_totals(s, 1, 2, 14);
	assert_int_equal(s->totals.threads, 2);
}

/* ---- threads with tables of their own ---- */

static void check_thread_rows(const struct store *s)
{
	const struct process *leader = row(s, 7, 7), *own = row(s, 7, 71);

	assert_int_equal(row_cnt(s), 2);
	assert_int_equal(leader->table_tid, 7);
	assert_int_equal(leader->table->allocated, 10);
	assert_int_equal(own->key.pid, 7);
	assert_int_equal(own->table_tid, 71);
	assert_int_equal(own->table->allocated, 4);
	assert_ptr_not_equal(own->table, leader->table);
}

static void test_thread_record_after_its_leader(void **state)
{
	PASS(*state, SEC, task(7, 10), thread(7, 71, 4));
	check_thread_rows(*state);
}

static void test_thread_record_before_its_leader(void **state)
{
	/* A number that is higher than the thread's: after pids wrapped around. */
	PASS(*state, SEC, thread(7, 71, 4), task(7, 10));
	check_thread_rows(*state);
}

static void test_threads_on_one_table_are_one_row(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = thread(7, 71, 4), b = thread(7, 72, 4), c = thread(7, 73, 6);

	b.files = a.files;
	PASS(s, SEC, task(7, 10), a, b, c);
	assert_int_equal(row_cnt(s), 3);
	assert_non_null(store__find(s, 7, 71));
	assert_null(store__find(s, 7, 72));
	assert_non_null(store__find(s, 7, 73));
	assert_int_equal(row(s, 7, 71)->table->users, 1);
	check_totals(s, 1, 3, 20);
}

/* The iterator leaves such threads out; /proc may show one while it moves over. */
static void test_thread_on_its_leaders_table_is_no_row(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = thread(7, 71, 10);

	a.files = TABLE_OF(7);
	PASS(s, SEC, a, task(7, 10));
	assert_int_equal(row_cnt(s), 1);
	assert_int_equal(table(s, 7)->users, 1);
}

static void test_threads_of_two_processes_on_one_table_are_two_rows(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = thread(7, 71, 4), b = thread(8, 81, 4);

	b.files = a.files;
	PASS(s, SEC, task(7, 10), task(8, 20), a, b);
	assert_int_equal(row_cnt(s), 4);
	assert_ptr_equal(row(s, 7, 71)->table, row(s, 8, 81)->table);
	assert_int_equal(row(s, 7, 71)->table->users, 2);
	check_totals(s, 2, 3, 34);
}

static void test_thread_whose_leader_is_not_met_is_a_row(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, thread(7, 71, 4));
	assert_int_equal(row_cnt(s), 1);
	assert_int_equal(row(s, 7, 71)->table->allocated, 4);
	check_totals(s, 0, 1, 4);
}

static void test_thread_row_goes_with_its_thread(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, task(7, 10), thread(7, 71, 4));
	PASS(s, 2 * SEC, task(7, 10));
	assert_null(store__find(s, 7, 71));
	assert_int_equal(HASH_COUNT(s->tables), 1);
	/* What a pass kept for its end must not come back in the next. */
	check_totals(s, 1, 1, 10);
}

static void test_leader_ended_its_threads_table_is_the_process(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = thread(7, 71, 12), b = thread(7, 72, 12);

	b.files = a.files;
	a.threads = b.threads = 2;
	PASS(s, SEC, zombie(7), a, b);
	assert_int_equal(row_cnt(s), 1);
	assert_int_equal(row(s, 7, 7)->table_tid, 71);
	assert_int_equal(row(s, 7, 7)->threads, 2);
	assert_int_equal(table(s, 7)->allocated, 12);
	check_totals(s, 1, 1, 12);
}

static void test_leader_ended_its_record_may_come_last(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, thread(7, 71, 12), zombie(7));
	assert_int_equal(row_cnt(s), 1);
	assert_int_equal(row(s, 7, 7)->table_tid, 71);
	assert_int_equal(table(s, 7)->allocated, 12);
}

static void test_leader_ended_further_tables_are_rows(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, zombie(7), thread(7, 71, 12), thread(7, 72, 3));
	assert_int_equal(row_cnt(s), 2);
	assert_int_equal(table(s, 7)->allocated, 12);
	assert_int_equal(row(s, 7, 72)->table->allocated, 3);
	check_totals(s, 1, 2, 15);
}

/* A leader of the last pass that is not in this one says nothing about its threads. */
static void test_leader_of_an_older_pass_takes_no_table(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, zombie(7));
	PASS(s, 2 * SEC, thread(7, 71, 12));
	assert_null(store__find(s, 7, 7));
	assert_int_equal(row(s, 7, 71)->table->allocated, 12);
}

/* A new process has the leader's number already, while a thread of the old one is still read. */
static void test_leader_with_another_start_takes_no_table(void **state)
{
	struct store *s = *state;
	struct fds_task_rec leader = zombie(7);

	leader.start_ns++;
	PASS(s, SEC, leader, thread(7, 71, 12));
	assert_null(row(s, 7, 7)->table);
	assert_int_equal(row(s, 7, 71)->table->allocated, 12);
}

static void test_many_thread_records(void **state)
{
	struct store *s = *state;
	struct fds_task_rec recs[301];

	recs[300] = task(7, 1);
	for (uint32_t i = 0; i < 300; i++)
		recs[i] = thread(7, 1000 + i, i);
	pass(s, SEC, recs, CNT_OF(recs));
	pass(s, 2 * SEC, recs, CNT_OF(recs));
	assert_int_equal(row_cnt(s), 301);
	for (uint32_t i = 0; i < 300; i++)
		assert_int_equal(row(s, 7, 1000 + i)->table->allocated, i);
	check_totals(s, 1, 301, 1 + 299 * 300 / 2);
}

/* ---- figures of a row ---- */

static struct fds_task_rec counted(uint32_t pid, uint64_t opens, uint64_t closes)
{
	struct fds_task_rec rec = task(pid, 5);

	rec.opens = opens;
	rec.closes = closes;
	return rec;
}

static void test_opens_add_up_beyond_the_end_of_tables(void **state)
{
	struct fds_task_rec again = counted(3, 2, 1);
	struct store *s = *state;

	pass(s, 1 * SEC, (struct fds_task_rec[]){task(1, 5)}, 1);
	assert_false(s->counting);
	pass(s, 2 * SEC, (struct fds_task_rec[]){counted(1, 10, 4), counted(2, 7, 7)}, 2);
	assert_true(s->counting);
	assert_int_equal(s->opens, 17);
	assert_int_equal(s->closes, 11);
	pass(s, 3 * SEC, (struct fds_task_rec[]){counted(1, 13, 4)}, 1);
	assert_int_equal(s->opens, 20);
	assert_int_equal(s->closes, 11);
	/* Another process with a table at the same address begins at 0. */
	again.files = TABLE_OF(1);
	pass(s, 4 * SEC, &again, 1);
	assert_int_equal(s->opens, 22);
	assert_int_equal(s->closes, 12);
}

static void test_used_ratio(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(1, 25), b = task(2, 25), c = task(3, 25), d = task(4, 0);

	b.soft = FDS_RLIM_INFINITY;
	c.soft = 0;
	PASS(s, SEC, a, b, c, d, zombie(5));
	assert_true(process__used_ratio(row(s, 1, 1)) == 0.25);
	assert_true(process__used_ratio(row(s, 2, 2)) < 0);
	/* Nothing can be opened: nearer to its limit than anybody. */
	assert_true(process__used_ratio(row(s, 3, 3)) == 25);
	assert_true(process__used_ratio(row(s, 4, 4)) == 0);
	assert_true(process__used_ratio(row(s, 5, 5)) < 0);
	/* Above the limit, which was lowered below what is open. */
	a.soft = 20;
	PASS(s, 2 * SEC, a);
	assert_true(process__used_ratio(row(s, 1, 1)) == 1.25);
}

/* The limit is on the number: what lies above it takes no room. */
static void test_room(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(1, 25), b = task(2, 25), c = task(3, 200);

	b.soft = FDS_RLIM_INFINITY;
	c.below_soft = 30;
	PASS(s, SEC, a, b, c, zombie(5));
	assert_int_equal(process__room(row(s, 1, 1)), 75);
	assert_true(process__room(row(s, 2, 2)) == FDS_RLIM_INFINITY);
	assert_int_equal(process__room(row(s, 3, 3)), 70);
	assert_int_equal(process__room(row(s, 5, 5)), 100);
	a.below_soft = a.soft = 20;
	PASS(s, 2 * SEC, a);
	assert_int_equal(process__room(row(s, 1, 1)), 0);
}

/* ---- who a process is ---- */

struct who {
	unsigned int asked;
	uint32_t pid; /* the last that was asked for */
	int error;
};

static int who_is(void *ctx, uint32_t pid, struct identity **ret)
{
	struct who *w = ctx;
	char exe[32];

	w->asked++;
	w->pid = pid;
	if (w->error)
		return w->error;
	*ret = calloc(1, sizeof(**ret));
	snprintf(exe, sizeof(exe), "/bin/%u-%u", pid, w->asked);
	(*ret)->exe = strdup(exe);
	return 0;
}

static void test_identity_is_read_once_an_exec(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = task(7, 1);
	struct who who = {};

	PASS(s, SEC, rec);
	assert_null(store__identify(s, row(s, 7, 7))); /* nobody to ask */
	s->identify = who_is;
	s->ctx = &who;
	assert_int_equal(who.asked, 0);
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-1");
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-1");
	PASS(s, 2 * SEC, rec);
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-1");
	assert_int_equal(who.asked, 1);
	rec.exec_id++;
	PASS(s, 3 * SEC, rec);
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-2");
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-2");
	assert_int_equal(who.asked, 2);
	/* Another process with that number. */
	rec.start_ns++;
	PASS(s, 4 * SEC, rec);
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-3");
}

static void test_identity_that_cannot_be_read_is_asked_for_again(void **state)
{
	struct store *s = *state;
	struct who who = {.error = -EMFILE};

	PASS(s, SEC, task(7, 1));
	s->identify = who_is;
	s->ctx = &who;
	assert_null(store__identify(s, row(s, 7, 7)));
	assert_null(store__identify(s, row(s, 7, 7)));
	assert_int_equal(who.asked, 2);
	who.error = 0;
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-3");
}

static int who_is_slow(void *ctx, uint32_t pid, struct identity **ret)
{
	int err = who_is(ctx, pid, ret);

	if (!err)
		(*ret)->missed = true;
	return err;
}

/* What was not read in time is tried again, though not at once. */
static void test_identity_that_was_missed(void **state)
{
	struct store *s = *state;
	struct who who = {};

	PASS(s, SEC, task(7, 1));
	s->identify = who_is_slow;
	s->ctx = &who;
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-1");
	PASS(s, 60 * SEC, task(7, 1));
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-1");
	PASS(s, 61 * SEC, task(7, 1));
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-2");
	assert_string_equal(store__identify(s, row(s, 7, 7))->exe, "/bin/7-2");
}

static void test_identity_of_a_thread_is_its_process(void **state)
{
	struct store *s = *state;
	struct who who = {};

	PASS(s, SEC, task(7, 1), thread(7, 71, 1));
	s->identify = who_is;
	s->ctx = &who;
	assert_string_equal(store__identify(s, row(s, 7, 71))->exe, "/bin/7-1");
	assert_int_equal(who.pid, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_empty),
		STORE_TEST(test_row_shows_its_record),
		STORE_TEST(test_installed_is_never_above_allocated),
		STORE_TEST(test_row_follows_its_record),
		STORE_TEST(test_what_is_not_met_is_forgotten),
		STORE_TEST(test_all_rows_are_walked_once),
		STORE_TEST(test_a_pid_used_again_is_another_process),
		STORE_TEST(test_zombie_has_no_table),
		STORE_TEST(test_kernel_threads_add_no_table),
		STORE_TEST(test_sums_count_a_shared_table_once),
		STORE_TEST(test_threads_with_tables_are_no_processes),
		STORE_TEST(test_thread_record_after_its_leader),
		STORE_TEST(test_thread_record_before_its_leader),
		STORE_TEST(test_threads_on_one_table_are_one_row),
		STORE_TEST(test_thread_on_its_leaders_table_is_no_row),
		STORE_TEST(test_threads_of_two_processes_on_one_table_are_two_rows),
		STORE_TEST(test_thread_whose_leader_is_not_met_is_a_row),
		STORE_TEST(test_thread_row_goes_with_its_thread),
		STORE_TEST(test_leader_ended_its_threads_table_is_the_process),
		STORE_TEST(test_leader_ended_its_record_may_come_last),
		STORE_TEST(test_leader_ended_further_tables_are_rows),
		STORE_TEST(test_leader_of_an_older_pass_takes_no_table),
		STORE_TEST(test_leader_with_another_start_takes_no_table),
		STORE_TEST(test_many_thread_records),
		STORE_TEST(test_opens_add_up_beyond_the_end_of_tables),
		STORE_TEST(test_used_ratio),
		STORE_TEST(test_room),
		STORE_TEST(test_identity_is_read_once_an_exec),
		STORE_TEST(test_identity_that_cannot_be_read_is_asked_for_again),
		STORE_TEST(test_identity_that_was_missed),
		STORE_TEST(test_identity_of_a_thread_is_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
