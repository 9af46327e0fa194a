// links: daemon/source/programs.c
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of system calls: no number twice, and the right action for what everybody uses.  The
 * source is compiled in, so that its table can be looked at.
 */
#include "source/syscalls.c"

#include "source/programs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CNT (sizeof(table) / sizeof(table[0]))

static void test_no_number_or_name_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < CNT; i++)
		for (size_t k = 0; k < i; k++) {
			if (table[i].nr == table[k].nr)
				fail_msg("%s and %s have number %u", table[i].name, table[k].name,
					 table[i].nr);
			assert_string_not_equal(table[i].name, table[k].name);
		}
}

static void test_every_entry_is_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < CNT; i++) {
		if (table[i].nr >= FDS_SYSCALL_CNT)
			fail_msg("%s has number %u", table[i].name, table[i].nr);
		assert_in_range(table[i].action, FDS_SYS_NONE, FDS_SYS_SETRLIMIT);
		assert_string_equal(syscalls__name(table[i].nr), table[i].name);
	}
}

static void test_fill_gives_the_table_and_nothing_else(void **state)
{
	uint8_t actions[FDS_SYSCALL_CNT + 16];
	size_t used = 0;

	(void)state;
	memset(actions, 0xaa, sizeof(actions));
	syscalls__fill(actions);
	for (size_t i = 0; i < CNT; i++)
		assert_int_equal(actions[table[i].nr], table[i].action);
	for (uint32_t nr = 0; nr < FDS_SYSCALL_CNT; nr++) {
		assert_true(actions[nr] <= FDS_SYS_SETRLIMIT);
		assert_false(actions[nr] != FDS_SYS_NONE && !syscalls__name(nr));
		used += syscalls__name(nr) != NULL;
	}
	assert_int_equal(used, CNT);
	for (size_t i = FDS_SYSCALL_CNT; i < sizeof(actions); i++)
		assert_int_equal(actions[i], 0xaa);
}

static void test_actions_of_well_known_calls(void **state)
{
	static const struct {
		uint32_t nr;
		enum fds_syscall_action action;
		const char *name;
	} known[] = {
		{SYS_openat, FDS_SYS_NEW, "openat"},
		{SYS_openat2, FDS_SYS_NEW, "openat2"},
		{SYS_socket, FDS_SYS_NEW, "socket"},
		{SYS_accept4, FDS_SYS_NEW, "accept4"},
		{SYS_dup, FDS_SYS_NEW, "dup"},
		{SYS_eventfd2, FDS_SYS_NEW, "eventfd2"},
		{SYS_epoll_create1, FDS_SYS_NEW, "epoll_create1"},
		{SYS_timerfd_create, FDS_SYS_NEW, "timerfd_create"},
		{SYS_memfd_create, FDS_SYS_NEW, "memfd_create"},
		{SYS_pidfd_open, FDS_SYS_NEW, "pidfd_open"},
		{SYS_pidfd_getfd, FDS_SYS_NEW, "pidfd_getfd"},
		{SYS_pipe2, FDS_SYS_NEW_PAIR, "pipe2"},
		{SYS_socketpair, FDS_SYS_NEW_PAIR, "socketpair"},
		{SYS_io_uring_setup, FDS_SYS_NEW_ASYNC, "io_uring_setup"},
		{SYS_io_uring_enter, FDS_SYS_RECOUNT_ASYNC, "io_uring_enter"},
		{SYS_close, FDS_SYS_CLOSE, "close"},
		{SYS_close_range, FDS_SYS_RECOUNT_ALL, "close_range"},
		{SYS_dup3, FDS_SYS_DUP2, "dup3"},
		{SYS_fcntl, FDS_SYS_FCNTL, "fcntl"},
		{SYS_recvmsg, FDS_SYS_RECOUNT, "recvmsg"},
		{SYS_recvmmsg, FDS_SYS_RECOUNT, "recvmmsg"},
		{SYS_unshare, FDS_SYS_RECOUNT_ALL, "unshare"},
		{SYS_ioctl, FDS_SYS_RECOUNT, "ioctl"},
		{SYS_bpf, FDS_SYS_RECOUNT, "bpf"},
		{SYS_prlimit64, FDS_SYS_PRLIMIT, "prlimit64"},
		{SYS_setrlimit, FDS_SYS_SETRLIMIT, "setrlimit"},
#ifdef SYS_open
		{SYS_open, FDS_SYS_NEW, "open"},
		{SYS_creat, FDS_SYS_NEW, "creat"},
		{SYS_pipe, FDS_SYS_NEW_PAIR, "pipe"},
		{SYS_dup2, FDS_SYS_DUP2, "dup2"},
#endif
#ifdef __x86_64__
		{467, FDS_SYS_NEW, "open_tree_attr"},
#endif
	};
	uint8_t actions[FDS_SYSCALL_CNT];

	(void)state;
	syscalls__fill(actions);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *name = syscalls__name(known[i].nr);

		if (!name)
			fail_msg("%s is missing", known[i].name);
		assert_string_equal(name, known[i].name);
		if (actions[known[i].nr] != known[i].action)
			fail_msg("%s has action %d", name, actions[known[i].nr]);
	}
}

/* Most calls cost a look into the table and no more; sched hooks see the last ones. */
static void test_other_calls_have_no_action(void **state)
{
	static const uint32_t others[] = {
		SYS_write,  SYS_getpid,	    SYS_getppid,   SYS_mmap,
		SYS_futex,  SYS_fstat,	    SYS_lseek,	   SYS_sendmsg,
		SYS_execve, SYS_exit_group, SYS_getrlimit, FDS_SYSCALL_CNT - 1,
	};
	uint8_t actions[FDS_SYSCALL_CNT];

	(void)state;
	syscalls__fill(actions);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (actions[others[i]] != FDS_SYS_NONE)
			fail_msg("number %u has action %d", others[i], actions[others[i]]);
		assert_null(syscalls__name(others[i]));
	}
	assert_int_equal(actions[SYS_read], FDS_SYS_NONE);
	assert_string_equal(syscalls__name(SYS_read), "read");
	assert_null(syscalls__name(~0u));
	assert_null(syscalls__name(FDS_SYSCALL_CNT));
}

/* What the error of a call alone tells of the limit that it met. */
static void test_causes(void **state)
{
	(void)state;
	assert_int_equal(syscalls__cause(SYS_openat, EMFILE, 64, 64), FDS_CAUSE_NOFILE);
	/* The limit is on the number: with holes, fewer are too many. */
	assert_int_equal(syscalls__cause(SYS_openat, EMFILE, 3, 64), FDS_CAUSE_NOFILE);
	assert_int_equal(syscalls__cause(SYS_inotify_init1, EMFILE, 64, 64), FDS_CAUSE_NOFILE);
	assert_int_equal(syscalls__cause(SYS_inotify_init1, EMFILE, 63, 64),
			 FDS_CAUSE_INOTIFY_INSTANCES);
	assert_int_equal(syscalls__cause(SYS_inotify_init1, EMFILE, FDS_COUNT_UNKNOWN, 64),
			 FDS_CAUSE_UNKNOWN);
	assert_int_equal(syscalls__cause(SYS_fanotify_init, EMFILE, 3, 64),
			 FDS_CAUSE_FANOTIFY_GROUPS);
	assert_int_equal(syscalls__cause(SYS_mq_open, EMFILE, 3, 64), FDS_CAUSE_UNKNOWN);
	assert_int_equal(syscalls__cause(SYS_openat, ENFILE, 3, 64), FDS_CAUSE_FILE_MAX);
	assert_int_equal(syscalls__cause(SYS_pipe2, ENFILE, 3, 64), FDS_CAUSE_UNKNOWN);
	assert_int_equal(syscalls__cause(SYS_dup3, EBADF, 3, 64), FDS_CAUSE_NOFILE);
	assert_int_equal(syscalls__cause(SYS_fcntl, EINVAL, 3, 64), FDS_CAUSE_NOFILE);
	assert_int_equal(syscalls__cause(SYS_openat, ENOENT, 64, 64), FDS_CAUSE_UNKNOWN);
	assert_true(syscalls__is_silent(SYS_recvmsg));
	assert_false(syscalls__is_silent(SYS_openat));
}

/* ---- programs and tiers ---- */

static void test_programs_belong_to_tiers_with_hooks(void **state)
{
	(void)state;
	assert_in_range(program_cnt, 1, 64); /* bits of what a kernel refused */
	for (size_t i = 0; i < program_cnt; i++) {
		assert_true(programs[i].tiers != 0);
		for (int tier = 0; tier < TIER_CNT; tier++)
			if (programs[i].tiers & TIER_BIT(tier))
				assert_true(tiers[tier].hooks);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(programs[i].name, programs[k].name);
	}
}

/* A tier that is offered has a program for each role that it needs. */
static void test_tiers_have_all_roles(void **state)
{
	(void)state;
	for (int tier = 0; tier < TIER_CNT; tier++) {
		bool has[ROLE_CNT] = {};

		assert_true(strlen(tiers[tier].name) > 0);
		for (size_t i = 0; i < program_cnt; i++)
			if (programs[i].tiers & TIER_BIT(tier))
				has[programs[i].role] = true;
		for (int role = 0; role < ROLE_CNT; role++)
			assert_false(has[role] && !tiers[tier].hooks);
		if (!tiers[tier].hooks)
			continue;
		assert_true(has[ROLE_BIRTH] && has[ROLE_EXEC] && has[ROLE_DEATH]);
		/* One way of seeing what is new, so that nothing counts twice. */
		assert_int_equal(has[ROLE_SYSCALL] + has[ROLE_INSTALL] + has[ROLE_ALLOC],
				 tiers[tier].counts);
		assert_int_equal(has[ROLE_INSTALL] || has[ROLE_ALLOC], tiers[tier].sees_all);
		assert_int_equal(has[ROLE_ALLOC], tiers[tier].counts_reserved);
		assert_int_equal(has[ROLE_UNUSED], has[ROLE_ALLOC]);
		assert_int_equal(has[ROLE_NO_NUMBER], has[ROLE_INSTALL]);
		for (int role = ROLE_DUP2; role < ROLE_CNT; role++)
			if (role != ROLE_NO_NUMBER)
				assert_int_equal(has[role], tiers[tier].sees_all);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_number_or_name_twice),
		cmocka_unit_test(test_every_entry_is_used),
		cmocka_unit_test(test_fill_gives_the_table_and_nothing_else),
		cmocka_unit_test(test_actions_of_well_known_calls),
		cmocka_unit_test(test_other_calls_have_no_action),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_programs_belong_to_tiers_with_hooks),
		cmocka_unit_test(test_tiers_have_all_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
