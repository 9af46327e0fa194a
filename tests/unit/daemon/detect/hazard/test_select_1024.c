// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* select-1024: at once, by the next pass, and not of who ended or became another program. */
#include "../../store/records.h"
#include "fake_host.h"

#include <sys/syscall.h>

struct world {
	struct store store;
	struct fake_host host;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	store__init(&w->store);
	fake_host__init(&w->host, &w->store);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	fake_host__done(&w->host);
	store__done(&w->store);
	free(w);
	return 0;
}

/* Process `pid` selects; its record as the kernel side has it. */
static void selects_at(struct world *w, uint32_t pid, uint64_t time_ns, int32_t nfds,
		       int32_t highest)
{
	struct {
		struct fds_hazard h;
		struct fds_select more;
	} rec = {
		.h = hazard_rec(FDS_HAZARD_SELECT_1024),
		.more = {.exec_id = 1, .nfds = nfds, .highest = highest, .max_fds = 4096},
	};

	rec.h.at.ev.syscall_nr = __NR_pselect6;
	rec.h.at.ev.tgid = pid;
	rec.h.at.ev.start_ns = pid * SEC;
	rec.h.at.ev.time_ns = time_ns;
	rec.h.extra_sz = sizeof(rec.more);
	judge__apply(&w->host.judge, &rec.h, sizeof(rec.more));
}

static void selects(struct world *w, uint32_t pid, int32_t nfds, int32_t highest)
{
	selects_at(w, pid, 100 * SEC, nfds, highest);
}

/* A pass in which process 7 has this many descriptors, as a program of its own. */
static void pass_as(struct world *w, uint64_t now_ns, uint32_t allocated, uint64_t exec_id)
{
	struct fds_task_rec rec = task(7, allocated);

	rec.exec_id = exec_id;
	pass(&w->store, now_ns, &rec, 1);
	judge__apply_pass(&w->host.judge, now_ns);
}

static void wide_sets_are_told(void **state)
{
	struct world *w = *state;
	const struct hazard *h;

	w->host.name_pid = 7;
	selects(w, 7, 1201, 1200);
	h = w->host.found;
	assert_int_equal(h->kind, FDS_HAZARD_SELECT_1024);
	assert_int_equal(h->fd, 1200);
	assert_string_equal(h->name, "/tmp/x");
	assert_string_equal(h->op, "pselect6");
	assert_string_equal(h->summary,
			    "pselect6() with nfds 1201, of which an fd_set has room for 1024; its "
			    "highest descriptor is 1200, its table has room for 4096");
	/* What its numbers are makes no second trap of it. */
	pass_as(w, 101 * SEC, 1500, 1);
	assert_int_equal(w->host.found_cnt, 1);
}

static void high_numbers_are_told(void **state)
{
	struct world *w = *state;

	selects(w, 7, 4, 1024);
	assert_int_equal(w->host.found_cnt, 1);
	assert_string_equal(w->host.found->summary,
			    "uses pselect6() (nfds 4), whose fd_set has room for numbers below "
			    "1024; its highest descriptor is 1024");
}

static void low_numbers_are_fine(void **state)
{
	struct world *w = *state;

	selects(w, 7, 1024, 1023);
	selects(w, 8, 4, -1);
	pass_as(w, 101 * SEC, 1024, 1);
	assert_int_equal(w->host.found_cnt, 0);
}

/* As long as they are high it is told once. */
static void numbers_that_become_high_are_told(void **state)
{
	struct world *w = *state;

	selects(w, 7, 4, 3);
	pass_as(w, 101 * SEC, 1025, 1);
	assert_int_equal(w->host.found_cnt, 1);
	assert_int_equal(w->host.found->last_ns, 101 * SEC);
	assert_int_equal(w->host.found->fd, 1024);
	pass_as(w, 102 * SEC, 1030, 1);
	assert_int_equal(w->host.found_cnt, 1);
	pass_as(w, 103 * SEC, 10, 1);
	pass_as(w, 104 * SEC, 1025, 1);
	assert_int_equal(w->host.found_cnt, 2);
}

/* A table whose end is empty is not searched to its begin in the kernel. */
static void the_last_pass_knows_more(void **state)
{
	struct world *w = *state;

	pass_as(w, 99 * SEC, 1300, 1);
	selects(w, 7, 4, -1);
	assert_int_equal(w->host.found_cnt, 1);
	assert_int_equal(w->host.found->fd, 1299);
}

static void another_program_does_not_select(void **state)
{
	struct world *w = *state;

	selects(w, 7, 4, 3);
	pass_as(w, 101 * SEC, 1300, 2);
	pass_as(w, 102 * SEC, 1300, 1);
	assert_int_equal(w->host.found_cnt, 0);
}

static void who_ended_is_forgotten(void **state)
{
	struct world *w = *state;

	selects(w, 7, 4, 3);
	PASS(&w->store, 101 * SEC, task(9, 3));
	judge__apply_pass(&w->host.judge, 101 * SEC);
	pass_as(w, 102 * SEC, 1300, 1);
	assert_int_equal(w->host.found_cnt, 0);
}

/* One that began after the pass did is not in it. */
static void who_is_new_is_not(void **state)
{
	struct world *w = *state;

	selects(w, 7, 4, 3);
	PASS(&w->store, 100 * SEC, task(9, 3));
	judge__apply_pass(&w->host.judge, 101 * SEC);
	pass_as(w, 102 * SEC, 1300, 1);
	assert_int_equal(w->host.found_cnt, 1);
}

static void there_is_a_bound(void **state)
{
	struct world *w = *state;

	for (uint32_t pid = 7; pid < 7 + 1024 + 1; pid++)
		selects_at(w, pid, 200 * SEC, 4, 3);
	/* The one that is known longest has made room. */
	pass_as(w, 101 * SEC, 1300, 1);
	assert_int_equal(w->host.found_cnt, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wide_sets_are_told),	TEST(high_numbers_are_told),
		TEST(low_numbers_are_fine),	TEST(numbers_that_become_high_are_told),
		TEST(the_last_pass_knows_more), TEST(another_program_does_not_select),
		TEST(who_ended_is_forgotten),	TEST(who_is_new_is_not),
		TEST(there_is_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
