// links: daemon/base/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of users, from this machine's /etc/passwd and from texts of our own.  The source is
 * compiled in, so that the file can be another one.
 */
#include <stdio.h>

static FILE *open_passwd(const char *path, const char *mode);

#define fopen open_passwd
#include "base/passwd.c"
#undef fopen

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *fake; /* NULL: the file itself */
static bool is_missing;

static FILE *open_passwd(const char *path, const char *mode)
{
	assert_string_equal(path, "/etc/passwd");
	assert_non_null(strchr(mode, 'e')); /* not for those that we start */
	if (is_missing)
		return NULL;
	return fake ? fmemopen((void *)fake, strlen(fake), "r") : fopen(path, mode);
}

static void check_name(const struct passwd_names *names, uid_t uid, const char *want)
{
	char buf[PASSWD_NAME_SZ + 1];

	memset(buf, '#', sizeof(buf));
	assert_ptr_equal(passwd__name(names, uid, buf), buf);
	assert_string_equal(buf, want);
	assert_int_equal(buf[PASSWD_NAME_SZ], '#');
}

static void read_text(const char *text, struct passwd_names *ret)
{
	fake = text;
	passwd__init(ret);
	fake = NULL;
}

static void test_names_of_this_machine(void **state)
{
	struct passwd_names names;
	struct passwd *pw;
	size_t cnt = 0;
	FILE *f = fopen("/etc/passwd", "re");

	(void)state;
	passwd__init(&names);
	if (!f)
		skip(); /* a machine without users */
	while ((pw = fgetpwent(f))) {
		char name[PASSWD_NAME_SZ];

		text__copy_utf8(name, sizeof(name), pw->pw_name, strlen(pw->pw_name));
		/* The first of several names is the one that counts, as everywhere. */
		if (getpwuid(pw->pw_uid) && !strcmp(getpwuid(pw->pw_uid)->pw_name, name))
			check_name(&names, pw->pw_uid, name);
		cnt++;
	}
	fclose(f);
	assert_in_range(names.cnt, 1, cnt); /* fewer where a number has several names */
	passwd__done(&names);
	assert_int_equal(names.cnt, 0);
	assert_null(names.entries);
}

static void test_names_in_any_order(void **state)
{
	struct passwd_names names;

	(void)state;
	read_text("nobody:x:65534:65534::/:/bin/false\n"
		  "root:x:0:0:root:/root:/bin/sh\n"
		  "top:x:4294967294:1::/:\n"
		  "\n"
		  "# a comment\n"
		  "web:x:33:33::/:\n"
		  "me:x:1000:1000:Me,,,:/home/me:/bin/sh\n",
		  &names);
	assert_int_equal(names.cnt, 5);
	check_name(&names, 0, "root");
	check_name(&names, 33, "web");
	check_name(&names, 1000, "me");
	check_name(&names, 65534, "nobody");
	check_name(&names, 4294967294, "top");
	check_name(&names, 1, "1");
	check_name(&names, 999, "999");
	check_name(&names, 65535, "65535");
	check_name(&names, 4294967295, "4294967295");
	passwd__done(&names);
}

static void test_first_of_several_names_counts(void **state)
{
	static const char *const texts[] = {
		"root:x:0:0::/:\ntoor:x:0:0::/:\n",
		"root:x:0:0::/:\na:x:1:1::/:\ntoor:x:0:0::/:\ntop:x:0:0::/:\n",
		"b:x:2:1::/:\nroot:x:0:0::/:\ntoor:x:0:0::/:\na:x:1:1::/:\n",
		"root:x:0:0::/:\n+::::::\n", /* NIS: more users elsewhere */
		"+@group::::::\n-bob::::::\nroot:x:0:0::/:\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct passwd_names names;

		read_text(texts[i], &names);
		check_name(&names, 0, "root");
		passwd__done(&names);
	}
}

static void test_no_file_leaves_numbers(void **state)
{
	struct passwd_names names;

	(void)state;
	is_missing = true;
	passwd__init(&names);
	is_missing = false;
	assert_int_equal(names.cnt, 0);
	check_name(&names, 0, "0");
	check_name(&names, 1000, "1000");
	passwd__done(&names);
	read_text("this is no passwd file\n", &names);
	assert_int_equal(names.cnt, 0);
	check_name(&names, 0, "0");
	passwd__done(&names);
}

/* Before it is filled: what rank.c does when nobody asks for names. */
static void test_empty_leaves_numbers(void **state)
{
	struct passwd_names names = {};

	(void)state;
	check_name(&names, 0, "0");
	passwd__done(&names);
}

static void test_long_and_strange_names_fit(void **state)
{
	struct passwd_names names;
	char text[512], want[PASSWD_NAME_SZ];

	(void)state;
	memset(want, 'a', sizeof(want) - 1);
	want[sizeof(want) - 1] = '\0';
	/* Just fits; one too long; bytes that are no text; a character that would be cut. */
	snprintf(text, sizeof(text),
		 "%s:x:1:1::/:\n%sb:x:2:2::/:\nm\xfcller:x:3:3::/:\n%.62s\xc3\xa9:x:4:4::/:\n",
		 want, want, want);
	read_text(text, &names);
	assert_int_equal(names.cnt, 4);
	check_name(&names, 1, want);
	check_name(&names, 2, want);
	check_name(&names, 3, "m\\xfcller");
	want[62] = '\0';
	check_name(&names, 4, want);
	passwd__done(&names);
}

static void test_number_of_users_is_bounded(void **state)
{
	enum { CNT = PASSWD_NAMES_MAX + 10, LINE_SZ = 40 };
	char *text = malloc(CNT * LINE_SZ), number[16];
	struct passwd_names names;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < CNT; i++)
		len += snprintf(text + len, LINE_SZ, "u%d:x:%d:1::/:\n", i, 2 * i);
	read_text(text, &names);
	free(text);
	assert_int_equal(names.cnt, PASSWD_NAMES_MAX);
	for (int i = 0; i < CNT; i++) {
		snprintf(number, sizeof(number), i < PASSWD_NAMES_MAX ? "u%d" : "%d",
			 i < PASSWD_NAMES_MAX ? i : 2 * i);
		check_name(&names, 2 * i, number);
		snprintf(number, sizeof(number), "%d", 2 * i + 1);
		check_name(&names, 2 * i + 1, number);
	}
	passwd__done(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_this_machine),
		cmocka_unit_test(test_names_in_any_order),
		cmocka_unit_test(test_first_of_several_names_counts),
		cmocka_unit_test(test_no_file_leaves_numbers),
		cmocka_unit_test(test_empty_leaves_numbers),
		cmocka_unit_test(test_long_and_strange_names_fit),
		cmocka_unit_test(test_number_of_users_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
