// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* limit-excessive: a row of closes is one trap, however long it gets. */
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

static void apply(struct fake_host *h, uint32_t cnt, bool goes_on)
{
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_LIMIT_EXCESSIVE);

	rec.fd = cnt + 2;
	rec.op = cnt;
	rec.bytes = goes_on;
	rec.at.ev.soft = 65536;
	judge__apply(&h->judge, &rec, 0);
}

static void a_row_is_told_once(void **state)
{
	struct fake_host *h = *state;

	apply(h, 4096, false);
	assert_int_equal(h->news_cnt, 1);
	assert_string_equal(
		h->found->summary,
		"4096 numbers in a row that are not open were closed, one call each, up "
		"to 4098 so far; the soft limit is 65536; close_range() does it in one "
		"call");
	assert_string_equal(h->found->op, "close");
	assert_int_equal(h->found->bytes, FDS_UNKNOWN);
	apply(h, 8192, true);
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->cnt, 1);
	assert_int_equal(h->log.steps[FDS_HAZARD_LIMIT_EXCESSIVE], 1);
	assert_non_null(strstr(h->found->summary, "8192 numbers"));
	/* The next row. */
	apply(h, 4096, false);
	assert_int_equal(h->found->cnt, 2);
	assert_int_equal(h->log.cnt, 1);
}

static void a_row_seen_late_counts_too(void **state)
{
	struct fake_host *h = *state;

	apply(h, 8192, true);
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->cnt, 1);
}

static void no_limit_has_a_word(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_LIMIT_EXCESSIVE);

	rec.at.ev.soft = FDS_RLIM_INFINITY;
	judge__apply(&h->judge, &rec, 0);
	assert_non_null(strstr(h->found->summary, "the soft limit is unlimited"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(a_row_is_told_once),
		TEST(a_row_seen_late_counts_too),
		TEST(no_limit_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
