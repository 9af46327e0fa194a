// links: daemon/store/growth.c daemon/store/process.c daemon/source/identity.c daemon/base/patient.c daemon/base/text.c daemon/store/history.c daemon/store/units.c
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables across passes: when one is the same as before and when only its address is, what a torn
 * record leaves standing, peaks, and what happens when there is no memory.  The store is compiled
 * in, so that its allocations can be refused.
 */
#include "records.h"

#include "source/identity.h"

#include <errno.h>

/* How many more allocations the store is granted; negative: all. */
static int granted = -1;

static bool is_refused(void)
{
	if (granted < 0)
		return false;
	return !granted || !granted--;
}

static void *scarce_calloc(size_t cnt, size_t sz)
{
	return is_refused() ? NULL : calloc(cnt, sz);
}

static void *scarce_malloc(size_t sz)
{
	return is_refused() ? NULL : malloc(sz);
}

static void *scarce_reallocarray(void *p, size_t cnt, size_t sz)
{
	return is_refused() ? NULL : reallocarray(p, cnt, sz);
}

#define calloc	     scarce_calloc
#define malloc	     scarce_malloc /* uthash's */
#define reallocarray scarce_reallocarray
#include "store/store.c"
#undef calloc
#undef malloc
#undef reallocarray

/* ---- the same table, or only its address ---- */

static void test_ids_go_upward(void **state)
{
	struct store *s = *state;
	uint64_t first;

	PASS(s, SEC, task(7, 1), task(8, 1));
	assert_true(table(s, 7)->id >= 1);
	assert_true(table(s, 8)->id >= 1);
	assert_int_not_equal(table(s, 7)->id, table(s, 8)->id);
	first = table(s, 7)->id;
	PASS(s, 2 * SEC, task(7, 1), task(9, 1));
	assert_int_equal(table(s, 7)->id, first);
	assert_true(table(s, 9)->id > 2);
	PASS(s, 3 * SEC, task(8, 1));
	assert_true(table(s, 8)->id > 3);
}

static void test_peak_is_the_most_of_all_passes(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, task(7, 10));
	assert_int_equal(table(s, 7)->peak, 10);
	PASS(s, 2 * SEC, task(7, 30));
	assert_int_equal(table(s, 7)->peak, 30);
	PASS(s, 3 * SEC, task(7, 5));
	assert_int_equal(table(s, 7)->peak, 30);
	assert_int_equal(table(s, 7)->allocated, 5);
}

static void test_peak_of_the_counters_counts(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = task(7, 10);

	rec.counted = 10;
	rec.peak = 10;
	PASS(s, SEC, rec);
	rec.peak = 50;
	PASS(s, 2 * SEC, rec);
	assert_int_equal(table(s, 7)->peak, 50);
	/* Not tracked: whatever stands there is no peak. */
	rec.counted = -1;
	rec.peak = 90;
	PASS(s, 3 * SEC, rec);
	assert_int_equal(table(s, 7)->peak, 50);
}

/* A process that came and closed most of it between two passes. */
static void test_peak_of_the_counters_counts_at_once(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = task(7, 10), other = task(8, 10);

	rec.counted = 10;
	rec.peak = 90;
	PASS(s, SEC, rec, task(9, 200));
	assert_int_equal(table(s, 7)->peak, 90);
	/* Also where the address is old. */
	other.files = TABLE_OF(9);
	other.counted = 10;
	other.peak = 20;
	PASS(s, 2 * SEC, rec, other);
	assert_int_equal(table(s, 8)->peak, 20);
}

/* The leader has ended; its threads go on with the table. */
static void test_leader_ended_the_table_is_the_same(void **state)
{
	struct store *s = *state;
	struct fds_task_rec other = thread(7, 71, 40);
	uint64_t id;

	other.files = TABLE_OF(7);
	PASS(s, SEC, task(7, 50));
	id = table(s, 7)->id;
	for (unsigned int i = 1; i < 10; i++) {
		PASS(s, (1 + 4 * i) * SEC, zombie(7), other);
		assert_int_equal(table(s, 7)->id, id);
		assert_int_equal(table(s, 7)->peak, 50);
		assert_int_equal(table(s, 7)->growth.cnt, i + 1);
	}
}

/* The iterator failed half-way: what it gave is no pass, and what comes next is none the worse. */
static void test_pass_without_an_end(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(7, 10), b = task(8, 5), c = task(9, 3);
	uint64_t id;

	c.files = TABLE_OF(6);
	PASS(s, SEC, a, task(6, 60));
	id = table(s, 7)->id;
	store__begin_pass(s, 2 * SEC);
	assert_int_equal(store__apply_task(s, &a), 0);
	assert_int_equal(store__apply_task(s, &b), 0);
	assert_int_equal(store__apply_task(s, &c), 0);
	PASS(s, 3 * SEC, a, b, c);
	assert_int_equal(table(s, 7)->id, id);
	assert_true(table(s, 8)->id > id);
	assert_true(table(s, 9)->id > id);
	assert_int_not_equal(table(s, 8)->id, table(s, 9)->id);
	assert_int_equal(table(s, 9)->peak, 3);
}

static void test_address_used_again_by_another_process(void **state)
{
	struct store *s = *state;
	struct fds_task_rec new = task(8, 3);
	uint64_t id;
	double per_s;

	for (unsigned int i = 1; i <= 10; i++)
		PASS(s, 4 * i * SEC, task(7, 50));
	id = table(s, 7)->id;
	assert_true(growth__find(&table(s, 7)->growth, s->pass_ns, 50, &per_s));
	new.files = TABLE_OF(7);
	PASS(s, 44 * SEC, new);
	assert_int_equal(HASH_COUNT(s->tables), 1);
	assert_int_equal(table(s, 8)->addr, TABLE_OF(7));
	assert_true(table(s, 8)->id > id);
	assert_int_equal(table(s, 8)->peak, 3);
	assert_int_equal(table(s, 8)->growth.cnt, 1);
	assert_false(growth__find(&table(s, 8)->growth, s->pass_ns, 3, &per_s));
}

static void test_address_used_again_by_the_same_pid(void **state)
{
	struct store *s = *state;
	struct fds_task_rec new = task(7, 3);
	uint64_t id;

	PASS(s, SEC, task(7, 50));
	id = table(s, 7)->id;
	new.start_ns++;
	PASS(s, 2 * SEC, new);
	assert_true(table(s, 7)->id > id);
	assert_int_equal(table(s, 7)->peak, 3);
}

/* close_range(CLOSE_RANGE_UNSHARE), unshare(): the process goes on with another table. */
static void test_process_takes_another_table(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = task(7, 3), child = task(8, 2);
	uint64_t id;

	PASS(s, SEC, task(7, 50));
	id = table(s, 7)->id;
	rec.files = 0x7000;
	child.files = TABLE_OF(7);
	PASS(s, 2 * SEC, rec, child);
	assert_int_not_equal(table(s, 7)->id, id);
	assert_int_equal(table(s, 7)->peak, 3);
	/* Freed and given to a child at once. */
	assert_int_not_equal(table(s, 8)->id, id);
	assert_int_equal(table(s, 8)->peak, 2);
	assert_int_not_equal(table(s, 7)->id, table(s, 8)->id);
}

/* Two that exchange their addresses have both got new tables. */
static void test_two_processes_with_each_others_address(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(7, 1), b = task(8, 2);
	uint64_t id_a, id_b;

	PASS(s, SEC, task(7, 50), task(8, 60));
	id_a = table(s, 7)->id;
	id_b = table(s, 8)->id;
	a.files = TABLE_OF(8);
	b.files = TABLE_OF(7);
	PASS(s, 2 * SEC, a, b);
	assert_true(table(s, 7)->id > id_a && table(s, 7)->id > id_b);
	assert_true(table(s, 8)->id > id_a && table(s, 8)->id > id_b);
	assert_int_equal(table(s, 7)->peak, 1);
	assert_int_equal(table(s, 8)->peak, 2);
}

static void test_shared_table_outlives_one_of_its_users(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(7, 50), b = task(8, 50), c = task(9, 5);
	uint64_t id;

	b.files = c.files = a.files;
	PASS(s, SEC, a, b);
	id = table(s, 7)->id;
	assert_int_equal(table(s, 8)->id, id);
	/* The first leaves and another joins, which is met before the one that stays. */
	c.tgid = c.tid = 6;
	b.allocated = b.installed = c.allocated = c.installed = 5;
	PASS(s, 2 * SEC, c, b);
	assert_int_equal(table(s, 8)->id, id);
	assert_int_equal(table(s, 6)->id, id);
	assert_int_equal(table(s, 8)->users, 2);
	assert_int_equal(table(s, 8)->peak, 50);
	/* Also if the one that stays is met first. */
	PASS(s, 3 * SEC, c, a);
	assert_int_equal(table(s, 7)->id, id);
	/* All leave, and one comes that never used it. */
	PASS(s, 4 * SEC, b);
	assert_true(table(s, 8)->id > id);
}

static void test_thread_row_keeps_its_table(void **state)
{
	struct store *s = *state;
	uint64_t id;

	PASS(s, SEC, task(7, 1), thread(7, 71, 40));
	id = row(s, 7, 71)->table->id;
	PASS(s, 2 * SEC, task(7, 1), thread(7, 71, 4));
	assert_int_equal(row(s, 7, 71)->table->id, id);
	assert_int_equal(row(s, 7, 71)->table->peak, 40);
}

static void test_growth_is_sampled_once_a_pass(void **state)
{
	struct store *s = *state;
	struct fds_task_rec a = task(7, 10), b = task(8, 10);
	double per_s;

	b.files = a.files;
	for (unsigned int i = 0; i < 6; i++) {
		a.allocated = b.allocated = a.below_soft = b.below_soft = 10 + 20 * i;
		PASS(s, (100 + 4 * i) * SEC, a, b);
		assert_int_equal(table(s, 7)->growth.cnt, i + 1);
	}
	assert_true(growth__find(&table(s, 7)->growth, s->pass_ns, a.allocated, &per_s));
	assert_float_equal(per_s, 5, 1e-6);
	assert_float_equal(process__exhaustion_s(row(s, 7, 7), s->pass_ns), 0, 1e-6);
}

/* ---- torn records ---- */

static void test_torn_record_keeps_the_numbers(void **state)
{
	struct store *s = *state;
	uint64_t id;

	PASS(s, SEC, task(7, 10), task(8, 5));
	id = table(s, 7)->id;
	for (unsigned int i = 2; i < 5; i++) {
		PASS(s, i * SEC, torn(task(7, 10)), task(8, 5));
		assert_int_equal(row(s, 7, 7)->soft, 100);
		assert_int_equal(table(s, 7)->addr, TABLE_OF(7));
		assert_int_equal(table(s, 7)->id, id);
		assert_int_equal(table(s, 7)->users, 1);
		assert_int_equal(table(s, 7)->allocated, 10);
		assert_int_equal(table(s, 7)->highest, 9);
		assert_int_equal(table(s, 7)->peak, 10);
		assert_int_equal(HASH_COUNT(s->tables), 2);
		assert_int_equal(s->totals.allocated, 15);
	}
	PASS(s, 6 * SEC, task(7, 11));
	assert_int_equal(table(s, 7)->id, id);
	assert_int_equal(table(s, 7)->peak, 11);
}

static void test_torn_record_of_a_thread_keeps_its_row(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, task(7, 10), thread(7, 71, 4));
	PASS(s, 2 * SEC, task(7, 10), torn(thread(7, 71, 4)));
	assert_int_equal(row(s, 7, 71)->table->allocated, 4);
	PASS(s, 3 * SEC, torn(task(7, 10)), thread(7, 71, 5));
	assert_int_equal(table(s, 7)->allocated, 10);
	assert_int_equal(row(s, 7, 71)->table->allocated, 5);
}

static void test_torn_record_of_a_new_process_is_no_row(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, torn(task(7, 10)), torn(thread(7, 71, 3)));
	assert_null(store__first(s));
	assert_int_equal(HASH_COUNT(s->tables), 0);
	assert_int_equal(s->refused, 0);
}

static void test_torn_record_of_a_reused_pid_keeps_nothing(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = torn(task(7, 10));

	PASS(s, SEC, task(7, 10));
	rec.start_ns++;
	PASS(s, 2 * SEC, rec);
	assert_null(store__find(s, 7, 7));
	assert_int_equal(HASH_COUNT(s->tables), 0);
}

/* A table that another process is seen with is alive, whatever became of the torn one. */
static void test_torn_record_beside_a_sharer(void **state)
{
	struct store *s = *state;
	struct fds_task_rec b = task(8, 12);
	uint64_t id;

	b.files = TABLE_OF(7);
	PASS(s, SEC, task(7, 10), b);
	id = table(s, 7)->id;
	PASS(s, 2 * SEC, torn(task(7, 10)), b);
	assert_int_equal(table(s, 7)->id, id);
	assert_int_equal(table(s, 7)->users, 2);
	assert_int_equal(table(s, 7)->allocated, 12);
	PASS(s, 3 * SEC, b, torn(task(7, 10)));
	assert_int_equal(table(s, 7)->allocated, 12);
}

static void test_torn_zombie_is_kept(void **state)
{
	struct store *s = *state;

	PASS(s, SEC, zombie(7));
	PASS(s, 2 * SEC, torn(task(7, 3)));
	assert_true(row(s, 7, 7)->zombie);
	assert_null(row(s, 7, 7)->table);
}

static void test_record_without_a_number_is_no_row(void **state)
{
	struct store *s = *state;
	struct fds_task_rec rec = task(0, 3);

	PASS(s, SEC, rec);
	assert_null(store__first(s));
	rec.tid = 5;
	PASS(s, 2 * SEC, rec);
	assert_null(store__first(s));
}

/* ---- no memory ---- */

/* A pass with memory for n allocations only; how many records were refused at once. */
static unsigned int scarce_pass(struct store *s, int n, const struct fds_task_rec *recs, size_t cnt)
{
	unsigned int refused = 0;

	granted = n;
	store__begin_pass(s, s->pass_ns + SEC);
	for (size_t i = 0; i < cnt; i++) {
		int err = store__apply_task(s, &recs[i]);

		assert_true(err == 0 || err == -ENOMEM);
		refused += err != 0;
	}
	store__end_pass(s);
	granted = -1;
	return refused;
}

static void test_no_memory_for_rows(void **state)
{
	struct store *s = *state;
	struct fds_task_rec recs[100];
	bool was_full = false;

	for (uint32_t i = 0; i < CNT_OF(recs); i++)
		recs[i] = task(i + 1, 1);
	for (int n = 0; !was_full; n++) {
		unsigned int refused;

		assert_true(n < 1000);
		store__done(s);
		store__init(s);
		refused = scarce_pass(s, n, recs, CNT_OF(recs));
		was_full = !refused;
		assert_int_equal(s->refused, refused);
		assert_int_equal(HASH_COUNT(s->processes), CNT_OF(recs) - refused);
		assert_int_equal(HASH_COUNT(s->tables), CNT_OF(recs) - refused);
		assert_int_equal(s->totals.processes, CNT_OF(recs) - refused);
		assert_int_equal(s->totals.allocated, CNT_OF(recs) - refused);
		/* There is memory again: nothing is left of the trouble but its count. */
		pass(s, s->pass_ns + SEC, recs, CNT_OF(recs));
		assert_int_equal(HASH_COUNT(s->processes), CNT_OF(recs));
		assert_int_equal(s->totals.tables, CNT_OF(recs));
		assert_int_equal(s->refused, refused);
		for (uint32_t i = 1; i <= CNT_OF(recs); i++)
			assert_int_equal(table(s, i)->addr, TABLE_OF(i));
	}
}

static void test_no_memory_for_threads(void **state)
{
	struct store *s = *state;
	struct fds_task_rec recs[100];

	PASS(s, SEC, task(7, 1));
	recs[0] = task(7, 1);
	for (uint32_t i = 1; i < CNT_OF(recs); i++)
		recs[i] = thread(7, 100 + i, 1);
	/* None for the list of those to be looked at last. */
	assert_int_equal(scarce_pass(s, 0, recs, CNT_OF(recs)), 99);
	assert_int_equal(s->refused, 99);
	assert_int_equal(HASH_COUNT(s->processes), 1);
	/* For the first 64 of them, but for no row. */
	assert_int_equal(scarce_pass(s, 1, recs, CNT_OF(recs)), 35);
	assert_int_equal(s->refused, 99 + 99);
	assert_int_equal(HASH_COUNT(s->processes), 1);
	assert_int_equal(table(s, 7)->users, 1);
	pass(s, s->pass_ns + SEC, recs, CNT_OF(recs));
	assert_int_equal(HASH_COUNT(s->processes), 100);
	assert_int_equal(s->refused, 198);
}

/* Rows that are there already need no memory. */
static void test_no_memory_harms_no_known_row(void **state)
{
	struct store *s = *state;
	struct fds_task_rec recs[] = {task(7, 10), task(8, 5), task(9, 3)};
	uint64_t id;

	PASS(s, SEC, recs[0], recs[2]);
	id = table(s, 7)->id;
	recs[0].allocated = 11;
	assert_int_equal(scarce_pass(s, 0, recs, CNT_OF(recs)), 1);
	assert_int_equal(HASH_COUNT(s->processes), 2);
	assert_int_equal(table(s, 7)->allocated, 11);
	assert_int_equal(table(s, 7)->id, id);
	/* Nor does a process that gets another table, but there is none for that. */
	recs[0].files = 0x7000;
	assert_int_equal(scarce_pass(s, 0, recs, CNT_OF(recs)), 2);
	assert_null(store__find(s, 7, 7));
	assert_int_equal(HASH_COUNT(s->tables), 1);
	assert_int_equal(table(s, 9)->allocated, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_ids_go_upward),
		STORE_TEST(test_peak_is_the_most_of_all_passes),
		STORE_TEST(test_peak_of_the_counters_counts),
		STORE_TEST(test_peak_of_the_counters_counts_at_once),
		STORE_TEST(test_leader_ended_the_table_is_the_same),
		STORE_TEST(test_pass_without_an_end),
		STORE_TEST(test_address_used_again_by_another_process),
		STORE_TEST(test_address_used_again_by_the_same_pid),
		STORE_TEST(test_process_takes_another_table),
		STORE_TEST(test_two_processes_with_each_others_address),
		STORE_TEST(test_shared_table_outlives_one_of_its_users),
		STORE_TEST(test_thread_row_keeps_its_table),
		STORE_TEST(test_growth_is_sampled_once_a_pass),
		STORE_TEST(test_torn_record_keeps_the_numbers),
		STORE_TEST(test_torn_record_of_a_thread_keeps_its_row),
		STORE_TEST(test_torn_record_of_a_new_process_is_no_row),
		STORE_TEST(test_torn_record_of_a_reused_pid_keeps_nothing),
		STORE_TEST(test_torn_record_beside_a_sharer),
		STORE_TEST(test_torn_zombie_is_kept),
		STORE_TEST(test_record_without_a_number_is_no_row),
		STORE_TEST(test_no_memory_for_rows),
		STORE_TEST(test_no_memory_for_threads),
		STORE_TEST(test_no_memory_harms_no_known_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
