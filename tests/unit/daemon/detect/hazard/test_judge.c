// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* What all kinds of hazard share: a record becomes a step with who and where, and goes to the log.
 */
#include "fake_host.h"

static int setup(void **state)
{
	static struct fake_host h;

	fake_host__init(&h, NULL);
	*state = &h;
	return 0;
}

static int teardown(void **state)
{
	fake_host__done(*state);
	return 0;
}

static void a_record_becomes_a_step(void **state)
{
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_EXEC_LEAK);
	struct hazard_step s;

	(void)state;
	rec.cnt = 0; /* of a kind that does not count */
	rec.fd = 3;
	rec.target_fd = 4;
	rec.other_fd = 5;
	rec.dev = 6;
	rec.inode = 9;
	judge__begin(&rec, &s);
	assert_int_equal(s.kind, FDS_HAZARD_EXEC_LEAK);
	assert_int_equal(s.time_ns, 100);
	assert_int_equal(s.cnt, 1);
	assert_int_equal(s.pid, 7);
	assert_int_equal(s.tid, 8);
	assert_int_equal(s.uid, 1000);
	assert_int_equal(s.euid, 1001);
	assert_int_equal(s.start_ns, 5);
	assert_int_equal(s.fd, 3);
	assert_int_equal(s.target_fd, 4);
	assert_int_equal(s.other_fd, 5);
	assert_int_equal(s.dev, 6);
	assert_int_equal(s.inode, 9);
	/* Nothing that a kind has not said. */
	assert_int_equal(s.bytes, FDS_UNKNOWN);
	assert_int_equal(s.contended, -1);
	assert_false(s.lasts);
	assert_null(s.other_comm);
	assert_null(s.name);
	rec.cnt = 12;
	rec.other_tgid = 1;
	judge__begin(&rec, &s);
	assert_int_equal(s.cnt, 12);
	assert_int_equal(s.other_pid, 1);
	assert_non_null(s.other_comm);
}

static void who_and_where_are_added(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_EXEC_LEAK);
	struct hazard_step s;

	h->stack_id = 17;
	h->place_cnt = 2;
	judge__begin(&rec, &s);
	s.summary = "it happened";
	judge__end(&h->judge, &rec, 0x10, &s);
	assert_int_equal(h->found_cnt, 1);
	assert_int_equal(h->news_cnt, 1);
	assert_ptr_equal(h->found, h->log.list);
	assert_ptr_equal(h->at, &rec.at);
	assert_string_equal(h->found->exe, "/usr/bin/task");
	assert_string_equal(h->found->stack, "main+0x0\nmain+0x1");
	assert_int_equal(h->found->stack_id, 17);
	assert_int_equal(h->found->ofd, 0x10 | OFD_BIT);
	/* The same again is told, and is no news. */
	judge__begin(&rec, &s);
	judge__end(&h->judge, &rec, 0, &s);
	assert_int_equal(h->found_cnt, 2);
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->ofd, 0);
	assert_int_equal(h->found->cnt, 2);
}

/* The kernel's names have no end where they are as long as can be. */
static void a_name_ends_at_its_length(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_EXEC_LEAK);
	struct hazard_step s;

	memset(rec.at.ev.comm, 'a', FDS_COMM_SZ);
	memset(rec.other_comm, 'b', FDS_COMM_SZ);
	memset(rec.name, 'c', FDS_NAME_SZ);
	rec.other_tgid = 1;
	judge__begin(&rec, &s);
	judge__end(&h->judge, &rec, 0, &s);
	assert_string_equal(h->found->comm, "aaaaaaaaaaaaaaaa");
	assert_string_equal(h->found->other_comm, "bbbbbbbbbbbbbbbb");
}

static void who_is_not_known_is_told_all_the_same(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_EXEC_LEAK);
	struct hazard_step s;

	h->identify_error = -ESRCH;
	judge__begin(&rec, &s);
	judge__end(&h->judge, &rec, 0, &s);
	assert_null(h->found->exe);
	assert_string_equal(h->found->comm, "task");
	h->identify_error = 0;
	h->exe = NULL;
	judge__begin(&rec, &s);
	judge__end(&h->judge, &rec, 0, &s);
	assert_int_equal(h->found->cnt, 2);
	/* What a kind knows better stays. */
	h->exe = "/usr/bin/task";
	judge__begin(&rec, &s);
	s.exe = "/usr/bin/before";
	judge__end(&h->judge, &rec, 0, &s);
	assert_string_equal(h->found->exe, "/usr/bin/before");
}

static void a_trace_has_no_more_than_it_says(void **state)
{
	struct fake_host *h = *state;
	struct hazard_step s = {
		.kind = FDS_HAZARD_DELETED_OPEN,
		.time_ns = 3,
		.cnt = 1,
		.lasts = true,
		.comm = "task",
		.fd = 3,
		.target_fd = -1,
		.other_fd = -1,
		.bytes = 4096,
		.contended = -1,
	};

	judge__end(&h->judge, NULL, 0x20, &s);
	assert_int_equal(h->identified, 0);
	assert_int_equal(h->stacks, 0);
	assert_null(h->at);
	assert_int_equal(h->found->bytes, 4096);
	assert_int_equal(h->found->ofd, 0x20 | OFD_BIT);
}

/* A deep stack is cut where records are. */
static void places_are_bounded(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_EXEC_LEAK);
	struct hazard_step s;
	size_t lines = 1;

	h->stack_id = 1;
	h->place_cnt = 3 * FDS_STACK_MAX;
	judge__begin(&rec, &s);
	judge__end(&h->judge, &rec, 0, &s);
	for (const char *c = h->found->stack; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, FDS_STACK_MAX);
}

static void kinds_that_there_are_not_are_ignored(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_CNT);

	judge__apply(&h->judge, &rec, 0);
	rec.kind = ~0u;
	judge__apply(&h->judge, &rec, 0);
	assert_int_equal(h->found_cnt, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_becomes_a_step),
		TEST(who_and_where_are_added),
		TEST(a_name_ends_at_its_length),
		TEST(who_is_not_known_is_told_all_the_same),
		TEST(a_trace_has_no_more_than_it_says),
		TEST(places_are_bounded),
		TEST(kinds_that_there_are_not_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
