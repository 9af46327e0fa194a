// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* nonblock-shared: who counts as another holder, and for how long. */
#include "fake_host.h"

#include <sys/stat.h>

#define SEC   UINT64_C(1000000000)
#define OFD   0x40
#define TABLE 0x100

static struct fds_file_rec holders[4];
static unsigned int holder_cnt, asked;

static int find_holders(void *ctx, uint64_t ofd,
			int (*fn)(void *ctx, const struct fds_file_rec *rec), void *fn_ctx)
{
	(void)ctx;
	assert_int_equal(ofd, OFD);
	asked++;
	for (unsigned int i = 0; i < holder_cnt; i++)
		fn(fn_ctx, &holders[i]);
	return 0;
}

static int setup(void **state)
{
	static struct fake_host h;

	fake_host__init(&h, NULL);
	h.judge.ops.holders = find_holders;
	holder_cnt = asked = 0;
	*state = &h;
	return 0;
}

static int teardown(void **state)
{
	fake_host__done(*state);
	return 0;
}

/* At second 100, of a process that began at second 5. */
static struct fds_hazard change(uint32_t op)
{
	struct fds_hazard rec = hazard_rec(FDS_HAZARD_NONBLOCK_SHARED);

	rec.at.ev.time_ns = 100 * SEC;
	rec.at.ev.start_ns = 5 * SEC;
	rec.at.ev.files = TABLE;
	rec.file = OFD;
	rec.inode = 9;
	rec.fd = 4;
	rec.op = op;
	return rec;
}

static struct fds_file_rec *hold(uint32_t tgid, uint64_t files, unsigned int start_s)
{
	struct fds_file_rec *rec = &holders[holder_cnt++];

	*rec = (struct fds_file_rec){
		.file = OFD,
		.inode = 9,
		.files = files,
		.tgid = tgid,
		.fd = 3,
		.start_ns = start_s * SEC,
		.comm = "parent",
	};
	return rec;
}

static void apply(struct fake_host *h, uint32_t op)
{
	struct fds_hazard rec = change(op);

	judge__apply(&h->judge, &rec, 0);
}

/* And it is as it was when it is looked at again. */
static void apply_and_stay(struct fake_host *h, uint32_t op)
{
	apply(h, op);
	judge__apply_pass(&h->judge, 101 * SEC);
}

static void another_is_told_of(void **state)
{
	struct fake_host *h = *state;

	h->name_pid = 7;
	h->name = "pipe:[9]";
	hold(7, TABLE, 5);
	hold(6, 0x200, 4);
	apply_and_stay(h, FDS_NONBLOCK_ON);
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->fd, 4);
	assert_int_equal(h->found->other_pid, 6);
	assert_int_equal(h->found->other_fd, 3);
	assert_string_equal(h->found->other_comm, "parent");
	assert_string_equal(h->found->name, "pipe:[9]");
	assert_string_equal(h->found->op, "O_NONBLOCK on");
	assert_string_equal(
		h->found->summary,
		"fcntl(F_SETFL) set O_NONBLOCK on fd 4, an open file description that "
		"parent[6] has too (fd 3 there): its calls now fail with EAGAIN instead "
		"of waiting");
	/* The other way is another trap, whatever call it is. */
	apply_and_stay(h, FDS_NONBLOCK_IOCTL);
	assert_int_equal(h->news_cnt, 2);
	assert_string_equal(h->found->op, "O_NONBLOCK off");
	assert_non_null(strstr(h->found->summary, "ioctl(FIONBIO) cleared O_NONBLOCK"));
}

static void the_oldest_is_named(void **state)
{
	struct fake_host *h = *state;

	hold(6, 0x200, 4);
	hold(3, 0x300, 2);
	hold(4, 0x400, 3);
	apply_and_stay(h, FDS_NONBLOCK_ON);
	assert_int_equal(h->found->other_pid, 3);
	assert_string_equal(h->found->name, "");
}

static void none_other_is_none(void **state)
{
	struct fake_host *h = *state;

	apply_and_stay(h, FDS_NONBLOCK_ON);
	hold(7, TABLE, 5);   /* another number of its own */
	hold(7, 0x200, 5);   /* a thread with a table of its own */
	hold(8, TABLE, 4);   /* a process with the same table */
	hold(9, 0x300, 101); /* forked later */
	apply_and_stay(h, FDS_NONBLOCK_ON);
	assert_int_equal(h->found_cnt, 0);
	assert_int_equal(asked, 2);
}

static void another_ofd_at_the_address_is_none(void **state)
{
	struct fake_host *h = *state;

	hold(6, 0x200, 4)->inode = 10;
	hold(5, 0x300, 4)->file = OFD + 1;
	apply_and_stay(h, FDS_NONBLOCK_ON);
	assert_int_equal(h->found_cnt, 0);
}

static void a_child_has_time_to_let_go(void **state)
{
	struct fake_host *h = *state;

	hold(8, 0x200, 50);
	apply(h, FDS_NONBLOCK_ON);
	judge__apply_pass(&h->judge, 100 * SEC);
	assert_int_equal(h->found_cnt, 0);
	assert_int_equal(asked, 1);
	/* It has not. */
	judge__apply_pass(&h->judge, 101 * SEC);
	assert_int_equal(h->found_cnt, 1);
	assert_int_equal(h->found->other_pid, 8);
	judge__apply_pass(&h->judge, 102 * SEC);
	assert_int_equal(h->found_cnt, 1);
	/* It has. */
	apply(h, FDS_NONBLOCK_ON);
	holder_cnt = 0;
	judge__apply_pass(&h->judge, 103 * SEC);
	judge__apply_pass(&h->judge, 104 * SEC);
	assert_int_equal(h->found_cnt, 1);
	assert_int_equal(asked, 4);
}

/* The child puts its end of a pipe in order, of which the parent has a copy until it has forked. */
static void a_parent_has_time_to_let_go(void **state)
{
	struct fake_host *h = *state;

	hold(6, 0x200, 4);
	apply(h, 0);
	holder_cnt = 0;
	judge__apply_pass(&h->judge, 101 * SEC);
	assert_int_equal(h->found_cnt, 0);
}

static void systemd_keeps_the_sockets_of_services(void **state)
{
	struct fds_hazard rec = change(FDS_NONBLOCK_ON);
	struct fake_host *h = *state;

	strcpy(hold(1, 0x200, 1)->comm, "systemd");
	rec.mode = S_IFSOCK | 0777;
	judge__apply(&h->judge, &rec, 0);
	judge__apply_pass(&h->judge, 101 * SEC);
	assert_int_equal(h->found_cnt, 0);
	/* It has a use for what is no socket; and others for theirs. */
	rec.mode = S_IFIFO | 0600;
	judge__apply(&h->judge, &rec, 0);
	judge__apply_pass(&h->judge, 102 * SEC);
	assert_int_equal(h->found_cnt, 1);
	rec.mode = S_IFSOCK | 0777;
	hold(6, 0x300, 4);
	judge__apply(&h->judge, &rec, 0);
	judge__apply_pass(&h->judge, 103 * SEC);
	assert_int_equal(h->found_cnt, 2);
	assert_int_equal(h->found->other_pid, 6);
}

static void who_changed_it_may_be_gone(void **state)
{
	struct fake_host *h = *state;

	hold(7, TABLE, 5);
	hold(6, 0x200, 4);
	apply(h, FDS_NONBLOCK_ON);
	/* It left it to the other as it is. */
	holder_cnt = 0;
	hold(6, 0x200, 4);
	judge__apply_pass(&h->judge, 101 * SEC);
	assert_int_equal(h->found_cnt, 1);
	assert_int_equal(h->found->other_pid, 6);
}

static void not_all_can_wait(void **state)
{
	struct fake_host *h = *state;

	hold(8, 0x200, 50);
	for (int i = 0; i < 70; i++)
		apply(h, FDS_NONBLOCK_ON);
	assert_int_equal(h->found_cnt, 0);
	judge__apply_pass(&h->judge, 101 * SEC);
	assert_int_equal(h->found_cnt, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(another_is_told_of),	  TEST(the_oldest_is_named),
		TEST(none_other_is_none),	  TEST(another_ofd_at_the_address_is_none),
		TEST(a_child_has_time_to_let_go), TEST(a_parent_has_time_to_let_go),
		TEST(who_changed_it_may_be_gone), TEST(systemd_keeps_the_sockets_of_services),
		TEST(not_all_can_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
