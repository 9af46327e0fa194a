// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* epoll-fork: what was changed by whom, in words; what is one trap and what another. */
#include "fake_host.h"

#include <sys/epoll.h>

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

static struct fds_hazard change(uint32_t op)
{
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_EPOLL_FORK);

	rec.file = 0x40;
	rec.op = op;
	rec.fd = 4;
	rec.target_fd = 0;
	rec.other_tgid = 6;
	rec.other_fd = 5;
	strcpy(rec.other_comm, "parent");
	return rec;
}

static void a_change_is_told(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = change(EPOLL_CTL_DEL);

	judge__apply(&h->judge, &rec, 0);
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->kind, FDS_HAZARD_EPOLL_FORK);
	assert_string_equal(h->found->op, "EPOLL_CTL_DEL");
	assert_int_equal(h->found->fd, 4);
	assert_int_equal(h->found->target_fd, 0);
	assert_int_equal(h->found->other_pid, 6);
	assert_int_equal(h->found->other_fd, 5);
	assert_string_equal(h->found->other_comm, "parent");
	assert_int_equal(h->found->ofd, 0x40 | OFD_BIT);
	assert_string_equal(h->found->summary,
			    "EPOLL_CTL_DEL of fd 0 on the epoll instance that parent[6] made "
			    "(fd 5 there) and still holds");
}

static void each_operation_is_one_of_its_own(void **state)
{
	static const struct {
		uint32_t op;
		const char *name;
	} ops[] = {
		{EPOLL_CTL_ADD, "EPOLL_CTL_ADD"},
		{EPOLL_CTL_MOD, "EPOLL_CTL_MOD"},
		{EPOLL_CTL_DEL, "EPOLL_CTL_DEL"},
		{77, "epoll_ctl"},
	};
	struct fake_host *h = *state;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct fds_hazard rec = change(ops[i].op);

		judge__apply(&h->judge, &rec, 0);
		assert_string_equal(h->found->op, ops[i].name);
	}
	assert_int_equal(h->log.cnt, 4);
}

static void another_maker_is_another_trap(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = change(EPOLL_CTL_DEL);

	judge__apply(&h->judge, &rec, 0);
	/* Other processes of the same programs, and other descriptors: the same. */
	rec.at.ev.tgid++;
	rec.other_tgid++;
	rec.target_fd++;
	rec.cnt = 5;
	judge__apply(&h->judge, &rec, 0);
	assert_int_equal(h->log.cnt, 1);
	assert_int_equal(h->found->cnt, 6);
	strcpy(rec.other_comm, "other");
	judge__apply(&h->judge, &rec, 0);
	assert_int_equal(h->log.cnt, 2);
}

/* The number is read in the table of whoever used it, or of the maker if that one is gone. */
static void the_target_has_a_name(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = change(EPOLL_CTL_DEL);

	judge__apply(&h->judge, &rec, 0);
	assert_string_equal(h->found->name, "");
	assert_int_equal(h->named, 2);
	h->name_pid = 6;
	h->name = "/tmp/of-the-maker";
	judge__apply(&h->judge, &rec, 0);
	assert_string_equal(h->found->name, "/tmp/of-the-maker");
	h->name_pid = 7;
	h->name = "/tmp/of-the-child";
	h->named = 0;
	judge__apply(&h->judge, &rec, 0);
	assert_string_equal(h->found->name, "/tmp/of-the-child");
	assert_int_equal(h->named, 1);
}

static void the_longest_name_fits(void **state)
{
	struct fake_host *h = *state;
	struct fds_hazard rec = change(EPOLL_CTL_DEL);

	memset(rec.other_comm, 'b', FDS_COMM_SZ);
	rec.target_fd = INT32_MAX;
	rec.other_fd = INT32_MAX;
	rec.other_tgid = UINT32_MAX;
	judge__apply(&h->judge, &rec, 0);
	assert_non_null(strstr(h->found->summary, "that bbbbbbbbbbbbbbbb[4294967295] made"));
	assert_non_null(strstr(h->found->summary, "still holds"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_is_told),
		TEST(each_operation_is_one_of_its_own),
		TEST(another_maker_is_another_trap),
		TEST(the_target_has_a_name),
		TEST(the_longest_name_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
