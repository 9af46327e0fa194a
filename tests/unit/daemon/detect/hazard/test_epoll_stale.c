// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* epoll-stale: which registrations no table explains any more, by whatever way it came to that. */
#include "detect/hazard/traces.h"
#include "scans.h"

#define E  0xe00ull /* an epoll instance */
#define E2 0xe80ull
#define F  0xf01ull /* a file */
#define F2 0xf02ull

static struct fds_trace_rec epoll(uint64_t file, uint32_t pid, int32_t fd)
{
	return trace(FDS_TRACE_EPOLL, file, pid, fd);
}

/* `pid` has the file under `fd`; the instance watches it under `number`. */
static struct fds_trace_rec watched(uint64_t file, uint32_t pid, int32_t fd, uint64_t instance,
				    int32_t number)
{
	struct fds_trace_rec rec = trace(FDS_TRACE_WATCHED, file, pid, fd);

	rec.epoll = instance;
	rec.watched_fd = number;
	return rec;
}

static void what_is_open_is_not_stale(void **state)
{
	(void)state;
	EXPECT_TOLD(0, epoll(E, 7, 3), watched(F, 7, 4, E, 4));
	/* A copy beside. */
	EXPECT_TOLD(0, epoll(E, 7, 3), watched(F, 7, 4, E, 4), watched(F, 7, 9, E, 4));
	/* Copies of both, registered each under its number. */
	EXPECT_TOLD(0, epoll(E, 7, 3), watched(F, 7, 4, E, 4), watched(F, 7, 9, E, 4),
		    watched(F, 7, 4, E, 9), watched(F, 7, 9, E, 9));
}

static void a_copy_keeps_it(void **state)
{
	struct fake_host *h = *state;

	EXPECT_TOLD(1, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	SCAN_TWICE(h, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->found->kind, FDS_HAZARD_EPOLL_STALE);
	assert_int_equal(h->found->pid, 7);
	assert_int_equal(h->found->fd, 3);
	assert_int_equal(h->found->target_fd, 4);
	assert_int_equal(h->found->other_pid, 7);
	assert_int_equal(h->found->other_fd, 9);
	assert_string_equal(h->found->op, "closed");
	assert_int_equal(h->found->ofd, F | OFD_BIT);
	assert_int_equal(h->found->inode, 1001);
	assert_string_equal(h->found->exe, "/usr/bin/task");
	assert_string_equal(h->found->summary,
			    "fd 4 is closed, but its file is still watched by the epoll instance "
			    "fd 3: fd 9 of task-7[7] keeps it");
}

static void the_number_is_another_file(void **state)
{
	struct fake_host *h = *state;

	h->name_pid = 7;
	h->name = "/tmp/x";
	SCAN_TWICE(h, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_string_equal(h->found->op, "reused");
	assert_string_equal(h->found->name, "/tmp/x");
	assert_string_equal(h->found->summary,
			    "fd 4 is another file by now, /tmp/x, but its file is still watched by "
			    "the epoll instance fd 3: fd 9 of task-7[7] keeps it");
}

static void a_child_keeps_it(void **state)
{
	struct fake_host *h = *state;

	/* Under the same number; but it has not the instance. */
	EXPECT_TOLD(1, epoll(E, 7, 3), watched(F, 8, 4, E, 4));
	SCAN_TWICE(h, epoll(E, 7, 3), watched(F, 8, 4, E, 4));
	assert_int_equal(h->found->pid, 7);
	assert_int_equal(h->found->other_pid, 8);
	assert_string_equal(h->found->other_comm, "task-8");
}

static void who_can_end_it_can_be_any_holder(void **state)
{
	(void)state;
	/* The child has both, as they were. */
	EXPECT_TOLD(0, epoll(E, 7, 3), epoll(E, 8, 3), watched(F, 8, 4, E, 4));
	/* Of many children, each with an instance of its own, all with the parent's file. */
	EXPECT_TOLD(0, epoll(E, 8, 5), epoll(E2, 9, 5), watched(F, 7, 4, E, 4),
		    watched(F, 7, 4, E2, 4), watched(F, 8, 4, E, 4), watched(F, 8, 4, E2, 4),
		    watched(F, 9, 4, E, 4), watched(F, 9, 4, E2, 4));
	/* One of them closed it. */
	EXPECT_TOLD(1, epoll(E, 8, 5), epoll(E2, 9, 5), watched(F, 7, 4, E, 4),
		    watched(F, 7, 4, E2, 4), watched(F, 8, 4, E, 4), watched(F, 8, 4, E2, 4));
	/* Passed elsewhere, with numbers of its own. */
	EXPECT_TOLD(1, epoll(E, 8, 5), watched(F, 8, 6, E, 4));
	/* Processes that share one table. */
	EXPECT_TOLD(0, by_thread(epoll(E, 7, 3), 7), by_thread(watched(F, 8, 4, E, 4), 7));
}

static void threads_with_tables_of_their_own(void **state)
{
	struct fake_host *h = *state;

	EXPECT_TOLD(0, by_thread(epoll(E, 7, 3), 70), by_thread(watched(F, 7, 4, E, 4), 70),
		    watched(F, 7, 9, E, 4));
	EXPECT_TOLD(1, by_thread(epoll(E, 7, 3), 70), watched(F, 7, 4, E, 4));
	SCAN_TWICE(h, by_thread(epoll(E, 7, 3), 70), watched(F, 7, 4, E, 4));
	assert_int_equal(h->found->pid, 7);
	assert_int_equal(h->found->tid, 70);
}

static void an_instance_that_nobody_holds(void **state)
{
	(void)state;
	EXPECT_TOLD(0, watched(F, 7, 9, E, 4));
}

static void an_instance_watched_by_another(void **state)
{
	(void)state;
	EXPECT_TOLD(0, epoll(E, 7, 3), epoll(E2, 7, 5), watched(E2, 7, 5, E, 5));
	EXPECT_TOLD(1, epoll(E, 7, 3), epoll(E2, 7, 6), watched(E2, 7, 6, E, 5));
}

static void it_takes_two_scans(void **state)
{
	struct fake_host *h = *state;

	SCAN(h, 1000 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->found_cnt, 0);
	/* Too soon. */
	SCAN(h, 1199 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->found_cnt, 0);
	/* Gone for a scan. */
	SCAN(h, 1300 * MS, epoll(E, 7, 3));
	SCAN(h, 1400 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->found_cnt, 0);
	SCAN(h, 1500 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->found_cnt, 0);
	SCAN(h, 1600 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->found_cnt, 1);
}

static void a_scan_that_breaks_off_tells_nothing(void **state)
{
	struct fake_host *h = *state;
	struct fds_trace_rec rec = watched(F, 7, 9, E, 4);

	SCAN(h, 1000 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	judge__begin_scan(&h->judge);
	judge__apply_trace(&h->judge, &rec);
	/* No end: neither does it end what was suspected, */
	SCAN(h, 1300 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->news_cnt, 1);
	/* nor do its traces stay. */
	judge__begin_scan(&h->judge);
	rec = watched(F2, 7, 10, E, 5);
	judge__apply_trace(&h->judge, &rec);
	SCAN(h, 1600 * MS, epoll(E, 7, 3));
	SCAN(h, 1900 * MS, epoll(E, 7, 3));
	assert_int_equal(h->found_cnt, 1);
}

static void a_state_is_told_once(void **state)
{
	struct fake_host *h = *state;

	SCAN_TWICE(h, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	SCAN(h, 1500 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4));
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->cnt, 1);
	assert_true(h->found->goes_on);
	assert_int_equal(h->found->last_ns, 1500 * MS);
	/* It is over: nothing is said of that, and nothing changes. */
	SCAN(h, 1800 * MS, epoll(E, 7, 3));
	assert_int_equal(h->found_cnt, 2);
	assert_int_equal(h->log.list->last_ns, 1500 * MS);
}

static void more_of_one_instance_is_one_entry(void **state)
{
	struct fake_host *h = *state;

	SCAN_TWICE(h, epoll(E, 7, 3), watched(F, 7, 9, E, 4), watched(F2, 7, 10, E, 5));
	assert_int_equal(h->log.cnt, 1);
	assert_int_equal(h->found->cnt, 2);
	assert_non_null(strstr(h->found->summary, "; 1 more of this instance"));
	assert_false(h->found->goes_on);
	/* One more: that is news, and the others are not counted again. */
	SCAN(h, 1500 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4), watched(F2, 7, 10, E, 5),
	     watched(F2, 7, 10, E, 6));
	SCAN(h, 1800 * MS, epoll(E, 7, 3), watched(F, 7, 9, E, 4), watched(F2, 7, 10, E, 5),
	     watched(F2, 7, 10, E, 6));
	assert_int_equal(h->log.cnt, 1);
	assert_int_equal(h->found->cnt, 3);
	assert_int_equal(h->found->target_fd, 6);
	assert_false(h->found->goes_on);
	assert_int_equal(h->log.steps[FDS_HAZARD_EPOLL_STALE], 3);
}

/* Far more than are kept: what is told of them is true, and nobody's memory is full. */
static void more_than_there_is_room_for(void **state)
{
	enum { PROCS = 40, FILES = 1000 }; /* 40,000 traces */
	static struct fds_trace_rec recs[PROCS * (FILES + 1)];
	struct fake_host *h = *state;
	size_t cnt = 0;

	for (uint32_t p = 0; p < PROCS; p++) {
		recs[cnt++] = epoll(0x10000 + p, 100 + p, 3);
		/* Every other process has lost one of its files. */
		for (int i = 0; i < FILES; i++)
			recs[cnt++] =
				watched(0x1000000 + 0x10000 * p + i, 100 + p,
					p % 2 && i == 500 ? 2000 : 10 + i, 0x10000 + p, 10 + i);
	}
	scan_twice(h, recs, cnt, false);
	scan(h, 1500 * MS, recs, cnt, true);
	assert_true(h->log.cnt > 0 && h->log.cnt <= PROCS / 2);
	for (const struct hazard *one = h->log.list; one; one = one->next) {
		assert_int_equal(one->pid % 2, 1);
		assert_int_equal(one->target_fd, 510);
		assert_int_equal(one->cnt, 1);
	}
	assert_int_equal(h->news_cnt, h->log.cnt);
}

static void one_table_holds_more_than_is_kept(void **state)
{
	static struct fds_trace_rec recs[2 * TRACES_MAX + 1];
	size_t cnt = 0;

	(void)state;
	recs[cnt++] = epoll(E, 7, 3);
	while (cnt < CNT_OF(recs)) {
		recs[cnt] = watched(F, 7, 10 + cnt, E, 4);
		cnt++;
	}
	/* All or nothing of one registration. */
	recs[TRACES_MAX].fd = 4;
	expect_told(0, recs, cnt);
}

static void many_stale_instances(void **state)
{
	enum { CNT = 300 };
	static struct fds_trace_rec recs[2 * CNT];
	struct fake_host *h = *state;

	for (uint32_t i = 0; i < CNT; i++) {
		recs[2 * i] = epoll(0x10000 + i, 100 + i, 3);
		recs[2 * i + 1] = watched(0x20000 + i, 100 + i, 9, 0x10000 + i, 4);
	}
	scan_twice(h, recs, CNT_OF(recs), false);
	/* As many as one scan tells; the log is others' too. */
	assert_int_equal(h->news_cnt, 64);
	scan(h, 1500 * MS, recs, CNT_OF(recs), false);
	assert_int_equal(h->news_cnt, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCANS_TEST(what_is_open_is_not_stale),
		SCANS_TEST(a_copy_keeps_it),
		SCANS_TEST(the_number_is_another_file),
		SCANS_TEST(a_child_keeps_it),
		SCANS_TEST(who_can_end_it_can_be_any_holder),
		SCANS_TEST(threads_with_tables_of_their_own),
		SCANS_TEST(an_instance_that_nobody_holds),
		SCANS_TEST(an_instance_watched_by_another),
		SCANS_TEST(it_takes_two_scans),
		SCANS_TEST(a_scan_that_breaks_off_tells_nothing),
		SCANS_TEST(a_state_is_told_once),
		SCANS_TEST(more_of_one_instance_is_one_entry),
		SCANS_TEST(more_than_there_is_room_for),
		SCANS_TEST(one_table_holds_more_than_is_kept),
		SCANS_TEST(many_stale_instances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
