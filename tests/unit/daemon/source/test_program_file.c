// links: daemon/source/program_file.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* From a record to the program's file: names, lines of mountinfo, and our own program. */
#include "source/program_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

/* As the kernel writes it: from the end. */
static void set_names(struct fds_failure *f, const char *names, size_t sz)
{
	memset(f->exe, 0x55, sizeof(f->exe));
	memcpy(f->exe, names, sz);
}

static void test_path_within(void **state)
{
	struct fds_failure f = {.exe_flags = FDS_EXE_WHOLE};
	char buf[64];

	(void)state;
	set_names(&f, "x\0bin\0usr\0", 11);
	assert_int_equal(program_file__path_within(&f, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/usr/bin/x");
	assert_int_equal(program_file__path_within(&f, buf, 11), 0);
	assert_int_equal(program_file__path_within(&f, buf, 10), -ENOSPC);
	f.exe_flags = 0;
	assert_int_equal(program_file__path_within(&f, buf, sizeof(buf)), 0);
	assert_string_equal(buf, ".../usr/bin/x");
	set_names(&f, "", 1);
	assert_int_equal(program_file__path_within(&f, buf, sizeof(buf)), -ENOENT);
	memset(f.exe, 'x', sizeof(f.exe)); /* without an end */
	assert_int_equal(program_file__path_within(&f, buf, sizeof(buf)), -ENOENT);
}

static void test_mount_line(void **state)
{
	char line[] = "36 35 98:1048575 /r\\040t /mnt\\0112 rw,noatime master:1 propagate_from:2 - "
		      "ext3 /dev/root rw,errors=continue\n";
	const char *const wrong[] = {"",
				     "\n",
				     " - ",
				     "36 35 98:0 / /mnt rw ext3 /dev/root rw\n",
				     "36 35 98:0 / /mnt - ext3 /dev/root rw\n",
				     "x 35 98:0 / /mnt rw - ext3 /dev/root rw\n",
				     "36 35 98 / /mnt rw - ext3 /dev/root rw\n"};
	struct mount m;

	(void)state;
	assert_true(mount__parse(line, &m));
	assert_int_equal(m.id, 36);
	assert_int_equal(m.major, 98);
	assert_int_equal(m.minor, 1048575);
	assert_string_equal(m.root, "/r t");
	assert_string_equal(m.point, "/mnt\t2");
	assert_string_equal(m.type, "ext3");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char copy[64];

		strcpy(copy, wrong[i]);
		assert_false(mount__parse(copy, &m));
	}
}

static void test_below(void **state)
{
	struct mount whole = {.root = "/"}, part = {.root = "/srv/a"};

	(void)state;
	assert_string_equal(mount__below(&whole, "/bin/x"), "/bin/x");
	assert_string_equal(mount__below(&part, "/srv/a/bin/x"), "/bin/x");
	assert_string_equal(mount__below(&part, "/srv/a"), "");
	assert_null(mount__below(&part, "/srv/ab/x"));
	assert_null(mount__below(&part, "/srv"));
	assert_null(mount__below(&part, "/bin/x"));
}

/* The record of a program at this path, which must be on a file system mounted whole. */
static void fill(struct fds_failure *f, const char *path)
{
	char copy[PATH_MAX], *slash;
	struct stat st;
	size_t used = 0;

	assert_int_equal(stat(path, &st), 0);
	*f = (struct fds_failure){
		.exe_flags = FDS_EXE_WHOLE,
		.exe_inode = st.st_ino,
		.exe_dev = major(st.st_dev) << 20 | minor(st.st_dev),
	};
	strcpy(copy, path);
	while ((slash = strrchr(copy, '/'))) {
		assert_in_range(used + strlen(slash), 0, sizeof(f->exe) - 1);
		strcpy(f->exe + used, slash + 1);
		used += strlen(slash);
		*slash = '\0';
	}
}

static void test_find(void **state)
{
	struct program_file file = {.fd = -1};
	struct fds_failure f;
	struct stat root, exe;
	char path[PATH_MAX];

	(void)state;
	assert_non_null(realpath("/proc/self/exe", path));
	assert_int_equal(stat("/", &root), 0);
	assert_int_equal(stat(path, &exe), 0);
	if (exe.st_dev != root.st_dev || strlen(path) >= FDS_EXE_SZ)
		skip(); /* the names in the record would not be those of the path */
	fill(&f, path);
	assert_int_equal(program_file__find(&f, &file), 0);
	assert_string_equal(file.path, path);
	assert_int_equal(file.verified, file.fd >= 0);
	program_file__done(&file);
	/* Another file has come to its place. */
	f.exe_inode++;
	assert_int_equal(program_file__find(&f, &file), 0);
	assert_string_equal(file.path, path);
	assert_false(file.verified);
	assert_int_equal(file.fd, -1);
	program_file__done(&file);
	/* Its file system is not mounted here. */
	f.exe_dev = ~0u;
	assert_int_equal(program_file__find(&f, &file), 0);
	assert_string_equal(file.path, path);
	assert_int_equal(file.fd, -1);
	program_file__done(&file);
	f.exe[0] = '\0';
	assert_int_equal(program_file__find(&f, &file), -ENOENT);
}

static void test_is_run_by(void **state)
{
	int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct fds_failure f = {};

	(void)state;
	assert_true(program_file__is_run_by(&f, self)); /* nothing is known */
	set_names(&f, "test_program_file\0unit\0", 24);
	assert_true(program_file__is_run_by(&f, self));
	set_names(&f, "test_program\0unit\0", 19);
	assert_false(program_file__is_run_by(&f, self));
	set_names(&f, "test_program_file2\0unit\0", 25);
	assert_false(program_file__is_run_by(&f, self));
	memset(f.exe, 'x', sizeof(f.exe));
	assert_false(program_file__is_run_by(&f, self));
	close(self);
	set_names(&f, "x\0", 3);
	assert_false(program_file__is_run_by(&f, -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_within), cmocka_unit_test(test_mount_line),
		cmocka_unit_test(test_below),	    cmocka_unit_test(test_find),
		cmocka_unit_test(test_is_run_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
