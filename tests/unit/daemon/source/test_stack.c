// links: daemon/source/stack.c daemon/source/objects.c daemon/source/elf.c daemon/source/program_file.c daemon/source/procfs*.c daemon/base/patient.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls by their files: of a process that lives (this one), and of one that is gone. */
#include "source/stack.h"

#include "source/procfs_text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct told {
	size_t cnt;
	char places[FDS_STACK_MAX][512];
};

static void hear(void *ctx, const char *place)
{
	struct told *t = ctx;

	snprintf(t->places[t->cnt++], sizeof(t->places[0]), "%s", place);
}

static uint64_t describe(const struct fds_failure *f, struct told *ret)
{
	*ret = (struct told){};
	return stack__describe(f, hear, ret);
}

/* The line of our own maps in which the address lies: what the answer must be. */
static void find_truth(const void *addr, char *buf, size_t buf_sz, uint64_t *ret_offset)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t begin, end, offset;
	char line[PATH_MAX + 128], path[PATH_MAX];
	size_t len;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %4095s", &begin,
			   &end, &offset, path) == 4 &&
		    (uint64_t)addr >= begin && (uint64_t)addr < end) {
			*ret_offset = (uint64_t)addr - begin + offset;
			len = strlen(path);
			if (len > 128) /* its end is shown */
				snprintf(buf, buf_sz, "...%.128s+0x%" PRIx64, path + len - 128,
					 *ret_offset);
			else
				snprintf(buf, buf_sz, "%.128s+0x%" PRIx64, path, *ret_offset);
			fclose(maps);
			return;
		}
	fail_msg("no mapping of %p", addr);
}

static uint64_t own_start(void)
{
	struct procfs_stat st;
	char text[1024];

	assert_true(procfs_text__read(AT_FDCWD, "/proc/self/stat", text, sizeof(text)) > 0);
	assert_int_equal(procfs_text__parse_stat(text, &st), 0);
	return procfs_stat__start_ns(&st) + 12345; /* more than /proc tells */
}

/* A call in this program with a build id of this number, one in memory without a file. */
static struct fds_failure failure(uint32_t pid, int id)
{
	struct fds_failure f = {
		.ev = {.tgid = pid, .start_ns = own_start(), .stack_cnt = 2, .uid = 7},
		.frame_cnt = 2,
		.stack = {(uint64_t)describe, 0x10},
		.frames = {{.status = FDS_FRAME_FILE, .build_id = {id, 0xab}}},
	};
	char truth[512];
	uint64_t offset;

	find_truth(describe, truth, sizeof(truth), &offset);
	f.frames[0].offset = offset;
	return f;
}

/* The number of a process that is no more. */
static uint32_t gone(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

static void test_alive_then_gone(void **state)
{
	struct fds_failure f = failure(getpid(), 1);
	char truth[512];
	uint64_t offset, id;
	struct told told;

	(void)state;
	find_truth(describe, truth, sizeof(truth), &offset);
	id = describe(&f, &told);
	assert_int_equal(told.cnt, 2);
	assert_string_equal(told.places[0], truth);
	assert_string_equal(told.places[1], "0x10");
	/* what was learned from it serves when it is gone, and the stack is the same */
	f = failure(gone(), 1);
	assert_int_equal(describe(&f, &told), id);
	assert_string_equal(told.places[0], truth);
	/* but not the process of another user */
	f.ev.uid = 8;
	assert_int_equal(describe(&f, &told), id);
	assert_null(strchr(told.places[0], '/'));
	f.frames[0].offset++;
	assert_int_not_equal(describe(&f, &told), id);
}

/* The number was given to another process since. */
/* What the kernel found behind code without frame pointers is not told. */
static void test_garbage(void **state)
{
	struct fds_failure f = failure(getpid(), 6);
	struct told told;

	(void)state;
	f.ev.stack_cnt = f.frame_cnt = 3;
	f.frames[1] = (struct fds_frame){.status = FDS_FRAME_FILE, .offset = -0x40000ll};
	describe(&f, &told);
	assert_int_equal(told.cnt, 1);
	f.frames[1].status = 0;
	describe(&f, &told);
	assert_int_equal(told.cnt, 3);
}

static void test_reused(void **state)
{
	struct fds_failure f = failure(getpid(), 2);
	struct told told;

	(void)state;
	f.ev.start_ns -= 10000000000ull;
	describe(&f, &told);
	assert_memory_equal(told.places[0], "build-id:02ab+0x", 16);
}

/* Another program runs in the process since: its maps say nothing of this one. */
static void test_exec_since(void **state)
{
	struct fds_failure f = failure(getpid(), 3);
	struct told told;

	(void)state;
	f.frames[0].offset += 0x1000;
	f.stack[1] = (uint64_t)failure;
	describe(&f, &told);
	assert_memory_equal(told.places[0], "build-id:03ab+0x", 16);
	assert_memory_equal(told.places[1], "0x", 2);
}

static void test_in_program(void **state)
{
	struct fds_failure f = failure(gone(), 4);
	struct told told;
	char expected[64];

	(void)state;
	f.start_code = f.stack[0] - 16;
	f.end_code = f.stack[0] + 16;
	strcpy(f.exe, "prog");
	describe(&f, &told);
	snprintf(expected, sizeof(expected), "prog(04ab)+0x%llx", f.frames[0].offset);
	assert_string_equal(told.places[0], expected);
	/* without a name, and without bounds that could be believed */
	memset(f.exe, 'x', sizeof(f.exe));
	f.ev.stack_cnt = f.frame_cnt = ~0u;
	describe(&f, &told);
	assert_int_equal(told.cnt, FDS_STACK_MAX);
	assert_memory_equal(told.places[0], "build-id:04ab+0x", 16);
}

/* The program's own file tells its build id, or where its code begins. */
static void test_program_file(void **state)
{
	struct fds_failure f = failure(gone(), 5);
	char path[PATH_MAX], truth[512], *slash;
	struct stat root, exe;
	uint64_t offset;
	struct told told;
	size_t used = 0;

	(void)state;
	assert_non_null(realpath("/proc/self/exe", path));
	assert_int_equal(stat("/", &root), 0);
	assert_int_equal(stat(path, &exe), 0);
	if (exe.st_dev != root.st_dev || strlen(path) > 128)
		skip(); /* see test_program_file.c */
	while ((slash = strrchr(path, '/'))) {
		strcpy(f.exe + used, slash + 1);
		used += strlen(slash);
		*slash = '\0';
	}
	find_truth(describe, truth, sizeof(truth), &offset);
	f.exe_flags = FDS_EXE_WHOLE;
	f.exe_inode = exe.st_ino;
	f.exe_dev = major(exe.st_dev) << 20 | minor(exe.st_dev);
	f.start_code = f.stack[0] - 16;
	f.end_code = f.stack[0] + 4096;
	/* By the other call, of which the place is known. */
	f.stack[1] = f.stack[0] + 5;
	describe(&f, &told);
	assert_string_equal(told.places[0], truth);
	snprintf(strrchr(truth, '+'), 32, "+0x%" PRIx64, offset + 5);
	assert_string_equal(told.places[1], truth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alive_then_gone), cmocka_unit_test(test_reused),
		cmocka_unit_test(test_garbage),		cmocka_unit_test(test_exec_since),
		cmocka_unit_test(test_in_program),	cmocka_unit_test(test_program_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
