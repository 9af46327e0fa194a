// links: daemon/source/procfs_text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The shapes of /proc's texts: what is read of them, and what is refused. */
#include "source/procfs_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void stat_ends_the_name_at_the_last_parenthesis(void **state)
{
	static const char text[] =
		"42 (a) R 1 (b)\n) S 7 42 42 0 -1 4194304 99 0 0 0 0 0 0 0 -20 0 3 0 120900 3133440 "
		"396 18446744073709551615 1000 2000 3000 0 0 0\n";
	struct procfs_stat st;

	(void)state;
	assert_int_equal(procfs_text__parse_stat(text, &st), 0);
	assert_string_equal(st.comm, "a) R 1 (b)\n");
	assert_int_equal(st.ppid, 7);
	assert_int_equal(st.flags, 4194304);
	assert_int_equal(st.threads, 3);
	assert_int_equal(st.start_ticks, 120900);
	assert_int_equal(st.start_code, 1000);
	assert_int_equal(st.start_stack, 3000);
}

static void stat_cuts_long_names(void **state)
{
	struct procfs_stat st;

	(void)state;
	assert_int_equal(
		procfs_text__parse_stat("2 (kworker/u8:1-events_unbound) I 2 0 0 0 -1 "
					"69238880 0 0 0 0 0 0 0 0 20 0 1 0 33 0 0 0 0 0 0 ",
					&st),
		0);
	assert_string_equal(st.comm, "kworker/u8:1-ev");
	assert_true(procfs_stat__is_kthread(&st));
}

static void texts_of_another_shape_are_refused(void **state)
{
	struct procfs_status status;
	struct procfs_stat st;
	uint64_t soft, hard;

	(void)state;
	assert_int_equal(procfs_text__parse_stat("", &st), -EBADMSG);
	assert_int_equal(procfs_text__parse_stat("1 (a", &st), -EBADMSG);
	assert_int_equal(procfs_text__parse_stat("1 )a( S 1", &st), -EBADMSG);
	assert_int_equal(procfs_text__parse_stat("1 (a)", &st), -EBADMSG);
	assert_int_equal(procfs_text__parse_stat("1 (a) ", &st), -EBADMSG);
	assert_int_equal(procfs_text__parse_stat("1 (a) S 1 2 3", &st), -EBADMSG);
	assert_int_equal(procfs_text__parse_status("Name:\tx\n", &status), -EBADMSG);
	assert_int_equal(procfs_text__parse_limits("Limit\n", &soft, &hard), -EBADMSG);
}

static void status_and_limits_are_read(void **state)
{
	struct procfs_status status;
	uint64_t soft, hard;

	(void)state;
	/* The name is the process's own choice: it must not pass for a line. */
	assert_int_equal(procfs_text__parse_status("Name:\tUid:\t9\nUid:\t1\t2\t3\t4\nFDSize:\t64\n"
						   "NSpid:\t100\t20\t3\nNSpgid:\t7\t8\t9\n",
						   &status),
			 0);
	assert_int_equal(status.uid, 1);
	assert_int_equal(status.euid, 2);
	assert_int_equal(status.fd_size, 64);
	assert_int_equal(status.ns_tid, 3);
	assert_int_equal(procfs_text__parse_limits("Limit  Soft Limit  Hard Limit  Units\n"
						   "Max open files  1024  unlimited  files\n",
						   &soft, &hard),
			 0);
	assert_int_equal(soft, 1024);
	assert_true(hard == FDS_RLIM_INFINITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_ends_the_name_at_the_last_parenthesis),
		cmocka_unit_test(stat_cuts_long_names),
		cmocka_unit_test(texts_of_another_shape_are_refused),
		cmocka_unit_test(status_and_limits_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
