// links: daemon/source/departed.c daemon/source/identity.c daemon/source/program_file.c daemon/source/procfs*.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Who it was: from /proc while it is there, else from the record. */
#include "source/departed.h"

#include "source/procfs_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
	struct departed *d;

	if (departed__new(&d))
		return -1;
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	departed__free(*state);
	departed__free(NULL);
	return 0;
}

static uint64_t own_start(void)
{
	struct procfs_stat st;
	char text[1024];

	assert_true(procfs_text__read(AT_FDCWD, "/proc/self/stat", text, sizeof(text)) > 0);
	assert_int_equal(procfs_text__parse_stat(text, &st), 0);
	return procfs_stat__start_ns(&st);
}

static void test_alive(void **state)
{
	struct fds_failure f = {.ev = {.tgid = getpid(), .start_ns = own_start()}};
	struct identity *id = NULL;
	char path[PATH_MAX];

	assert_non_null(realpath("/proc/self/exe", path));
	assert_int_equal(departed__identify(*state, &f, &id), 0);
	assert_string_equal(id->exe, path);
	assert_non_null(id->cmdline);
	identity__free(id);
}

/* Another process has its number; or it runs another program since. */
static void test_other(void **state)
{
	struct fds_failure f = {
		.ev = {.tgid = getpid(), .start_ns = own_start() + 10000000000ull},
		.exe = "gone\0bin\0caf\xe9",
		.exe_flags = FDS_EXE_WHOLE,
		.exe_dev = ~0u,
	};
	struct identity *id = NULL;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(departed__identify(*state, &f, &id), 0);
		assert_string_equal(id->exe, "/caf\\xe9/bin/gone");
		assert_null(id->cmdline);
		assert_null(id->cgroup);
		assert_null(id->unit);
		identity__free(id);
		f.ev.start_ns = own_start();
	}
	f.ev.start_ns = 1;
	f.exe[0] = '\0';
	assert_int_equal(departed__identify(*state, &f, &id), 0);
	assert_null(id->exe);
	identity__free(id);
}

/* A cgroup's number is its folder's inode. */
static void test_cgroup(void **state)
{
	const char *tree = "/sys/fs/cgroup/unified";
	struct statfs fs;
	struct stat st;
	char *path = NULL;
	int err;

	if (statfs(tree, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		tree = "/sys/fs/cgroup";
	if (statfs(tree, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		skip();
	assert_int_equal(stat(tree, &st), 0);
	err = departed__cgroup_path(*state, st.st_ino, &path);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	assert_string_equal(path, "/");
	free(path);
	path = NULL;
	assert_int_equal(departed__cgroup_path(*state, UINT64_MAX - 1, &path), -ENOENT);
	assert_int_equal(departed__cgroup_path(*state, 0, &path), -ENOENT);
	assert_null(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
