// links: cli/what.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* WHAT of "fdscope who": every form, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "what.h"

static void check_target(const char *word, const char *second, const char *target)
{
	struct what w;
	const char *why;

	assert_int_equal(what__parse(word, second, &w, &why), 0);
	assert_null(why);
	assert_null(w.path);
	assert_string_equal(w.target, target);
}

static void check_bad(const char *word, const char *second)
{
	struct what w = {.path = "untouched"};
	const char *why = NULL;

	assert_int_equal(what__parse(word, second, &w, &why), -EINVAL);
	assert_non_null(why);
	assert_string_equal(w.path, "untouched");
}

static void forms(void **state)
{
	(void)state;
	check_target("deleted", NULL, "/v1/who?deleted=1");
	check_target("port:443", NULL, "/v1/who?port=443");
	check_target("inode:254:0:18446744073709551615", NULL,
		     "/v1/who?inode=254:0:18446744073709551615");
	check_target("inode:4095:1048575:0", NULL, "/v1/who?inode=4095:1048575:0");
	check_target("pid:12", "fd:3", "/v1/who?pid=12&fd=3");
	check_target("pid:12 fd:3", NULL, "/v1/who?pid=12&fd=3");
	check_target("ofd:00ff00ff00ff00ff", NULL, "/v1/who?ofd=00ff00ff00ff00ff");
}

static void no_forms(void **state)
{
	static const char *const bad[] = {
		"",
		"port:",
		"port:0",
		"port:65536",
		"port:+1",
		"port:1 ",
		"port:99999999999999999999999",
		"inode:",
		"inode:1:2",
		"inode:1:2:3:4",
		"inode:4096:0:1",
		"inode:0:1048576:1",
		"inode:0:0:18446744073709551616",
		"inode:a:b:c",
		"pid:1",
		"pid:1 ",
		"pid:1 2",
		"pid:0 fd:1",
		"pid:1 fd:2147483648",
		"pid:-1 fd:1",
		"fd:1",
		"ofd:",
		"ofd:123",
		"ofd:00ff00ff00ff00fg",
		"ofd:00ff00ff00ff00ff0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_bad(bad[i], NULL);
	check_bad("pid:1", "3");
	check_bad("pid:1 fd:2", "fd:2");
	check_bad("deleted", "deleted");
	check_bad("/", "fd:1");
}

static void paths(void **state)
{
	char target[WHAT_TARGET_SZ], expected[WHAT_TARGET_SZ];
	struct what w;
	const char *why;
	int fd = -1;

	(void)state;
	assert_int_equal(what__parse("./port:1", NULL, &w, &why), 0);
	assert_string_equal(w.path, "./port:1");
	assert_int_equal(what__resolve(&w, target, &fd), -ENOENT);
	assert_int_equal(fd, -1);
	assert_int_equal(what__parse("/", NULL, &w, &why), 0);
	assert_int_equal(what__resolve(&w, target, &fd), 0);
	assert_true(fcntl(fd, F_GETFL) & O_PATH);
	snprintf(expected, sizeof(expected), "/v1/who?fd=%d", fd);
	assert_string_equal(target, expected);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(no_forms),
		cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
