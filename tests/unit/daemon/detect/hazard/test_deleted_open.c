// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* deleted-open: which files without a name are worth a word, and who holds them. */
#include "scans.h"

#define F	0xf01ull /* an open file description; the inode goes by its last byte */
#define F_AGAIN 0xe01ull /* another of the same inode */
#define F2	0xf02ull
#define TMPFILE 020000000u

static struct fds_trace_rec deleted(uint64_t file, uint32_t pid, int32_t fd, uint64_t bytes)
{
	struct fds_trace_rec rec = trace(FDS_TRACE_DELETED, file, pid, fd);

	rec.bytes = bytes;
	return rec;
}

/* Another process of the same program. */
static struct fds_trace_rec as(struct fds_trace_rec rec, const char *comm)
{
	snprintf(rec.comm, sizeof(rec.comm), "%s", comm);
	return rec;
}

static struct fds_trace_rec flagged(struct fds_trace_rec rec, uint32_t flags)
{
	rec.flags |= flags;
	return rec;
}

static void it_is_told(void **state)
{
	struct fake_host *h = *state;

	h->name_pid = 7;
	h->name = "/tmp/x (deleted)";
	SCAN_TWICE(h, deleted(F, 7, 3, 4096));
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->kind, FDS_HAZARD_DELETED_OPEN);
	assert_int_equal(h->found->pid, 7);
	assert_int_equal(h->found->fd, 3);
	assert_int_equal(h->found->bytes, 4096);
	assert_int_equal(h->found->other_pid, 0);
	assert_int_equal(h->found->other_fd, -1);
	assert_int_equal(h->found->inode, 1001);
	assert_int_equal(h->found->ofd, F | OFD_BIT);
	assert_string_equal(h->found->name, "/tmp/x");
	assert_string_equal(h->found->summary,
			    "/tmp/x is deleted and keeps 4096 bytes: 1 descriptor leads to it");
}

static void its_name_may_say_anything(void **state)
{
	struct fake_host *h = *state;

	h->name_pid = 7;
	h->name = " (deleted)";
	SCAN_TWICE(h, deleted(F, 7, 3, 4096));
	assert_string_equal(h->found->name, " (deleted)");
	h->name = "/x (deleted) (deleted)";
	SCAN(h, 1500 * MS, deleted(F, 7, 3, 4096));
	assert_string_equal(h->found->name, "/x (deleted)");
	h->name_pid = 0;
	SCAN(h, 1600 * MS, deleted(F, 7, 3, 4096));
	assert_string_equal(h->found->name, "");
	assert_string_equal(h->found->summary,
			    "a file is deleted and keeps 4096 bytes: 1 descriptor leads to it");
}

static void one_entry_for_inode_and_program(void **state)
{
	struct fake_host *h = *state;

	EXPECT_TOLD(1, deleted(F, 7, 3, 4096), deleted(F, 7, 4, 4096),
		    deleted(F_AGAIN, 7, 5, 4096));
	EXPECT_TOLD(1, as(deleted(F, 7, 3, 4096), "a"), as(deleted(F, 8, 3, 4096), "a"));
	EXPECT_TOLD(2, deleted(F, 7, 3, 4096), deleted(F2, 7, 4, 4096));
	SCAN_TWICE(h, as(deleted(F, 8, 3, 4096), "a"), as(deleted(F_AGAIN, 7, 4, 4096), "a"));
	assert_int_equal(h->found->pid, 7);
	assert_int_equal(h->found->fd, 4);
	assert_int_equal(h->found->other_pid, 8);
	assert_int_equal(h->found->other_fd, 3);
	assert_non_null(strstr(h->found->summary, "2 descriptors lead to it"));
}

static void programs_are_told_apart(void **state)
{
	(void)state;
	/* By the path of the program in the log, which is the same for all here; by name and user.
	 */
	EXPECT_TOLD(1, as(deleted(F, 7, 3, 4096), "a"), as(deleted(F, 8, 3, 4096), "b"));
}

static void what_never_had_a_name_is_none(void **state)
{
	(void)state;
	EXPECT_TOLD(0, flagged(deleted(F, 7, 3, 4096), TMPFILE));
	/* Opened again by way of /proc, the flag is not there. */
	EXPECT_TOLD(0, flagged(deleted(F, 7, 3, 4096), TMPFILE), deleted(F_AGAIN, 8, 3, 4096));
	EXPECT_TOLD(1, flagged(deleted(F, 7, 3, 4096), TMPFILE), deleted(F2, 8, 3, 4096));
}

static void its_file_system_knows_best(void **state)
{
	struct fake_host *h = *state;

	h->judge.deleted_sz = 1000;
	h->held_pid = 7;
	h->held = 999;
	SCAN_TWICE(h, deleted(F, 7, 3, 1 << 30));
	assert_int_equal(h->found_cnt, 0);
	/* It grows. */
	h->held = 1000;
	SCAN(h, 1500 * MS, deleted(F, 7, 3, 1 << 30));
	assert_int_equal(h->news_cnt, 1);
	assert_int_equal(h->found->bytes, 1000);
	h->held = 2000;
	SCAN(h, 1600 * MS, deleted(F, 7, 3, 1 << 30));
	assert_int_equal(h->found->bytes, 2000);
	assert_int_equal(h->found->cnt, 1);
	assert_true(h->found->goes_on);
}

static void it_takes_two_scans(void **state)
{
	struct fake_host *h = *state;

	SCAN(h, 1000 * MS, deleted(F, 7, 3, 4096));
	SCAN(h, 1100 * MS, deleted(F, 7, 3, 4096));
	assert_int_equal(h->found_cnt, 0);
	SCAN(h, 1150 * MS, );
	SCAN(h, 1300 * MS, deleted(F, 7, 3, 4096));
	assert_int_equal(h->found_cnt, 0);
	SCAN(h, 1500 * MS, deleted(F, 7, 3, 4096));
	assert_int_equal(h->found_cnt, 1);
}

static void the_largest_are_told(void **state)
{
	enum { CNT = 1000 };
	static struct fds_trace_rec recs[CNT];
	struct fake_host *h = *state;

	for (uint32_t i = 0; i < CNT; i++) {
		recs[i] = deleted(F, 100 + i, 3, 1000 + i);
		recs[i].inode = 5000 + i;
	}
	scan_twice(h, recs, CNT, false);
	assert_int_equal(h->news_cnt, 64);
	for (const struct hazard *one = h->log.list; one; one = one->next)
		assert_true(one->bytes >= 1000 + CNT - 64);
}

static void more_than_there_is_room_for(void **state)
{
	enum { CNT = 50000 };
	static struct fds_trace_rec recs[CNT];
	struct fake_host *h = *state;

	for (uint32_t i = 0; i < CNT; i++) {
		recs[i] = deleted(F, 7, i, 1000);
		recs[i].inode = 5000 + i;
	}
	scan_twice(h, recs, CNT, false);
	assert_int_equal(h->news_cnt, 64);
	scan(h, 1500 * MS, recs, CNT, true);
	assert_int_equal(h->news_cnt, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCANS_TEST(it_is_told),
		SCANS_TEST(its_name_may_say_anything),
		SCANS_TEST(one_entry_for_inode_and_program),
		SCANS_TEST(programs_are_told_apart),
		SCANS_TEST(what_never_had_a_name_is_none),
		SCANS_TEST(its_file_system_knows_best),
		SCANS_TEST(it_takes_two_scans),
		SCANS_TEST(the_largest_are_told),
		SCANS_TEST(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
