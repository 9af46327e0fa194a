// links: daemon/base/log.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The log: one line a message, whatever stands in it, with a priority where a journal reads. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LINE_MAX_LEN 1024

/* What goes to stderr between begin and end, instead. */
struct capture {
	int in, old;
	char text[65536];
};

static void begin(struct capture *c)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	c->old = dup(2);
	assert_true(c->old >= 0);
	assert_int_equal(dup2(ends[1], 2), 2);
	close(ends[1]);
	c->in = ends[0];
}

static const char *end(struct capture *c)
{
	ssize_t len;

	assert_int_equal(dup2(c->old, 2), 2);
	close(c->old);
	len = read(c->in, c->text, sizeof(c->text) - 1);
	close(c->in);
	c->text[len > 0 ? len : 0] = '\0';
	return c->text;
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct capture));
	unsetenv("JOURNAL_STREAM");
	log__set_level(LOG_INFO);
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	unsetenv("JOURNAL_STREAM");
	return 0;
}

/* The first test, before anybody sets a level. */
static void test_level_at_start(void **state)
{
	(void)state;
	assert_int_equal(log__level(), LOG_INFO);
}

static void test_plain_line(void **state)
{
	begin(*state);
	log_info("%d of %s", 3, "these");
	assert_string_equal(end(*state), "fdscoped: 3 of these\n");
}

static void test_journal_line_has_its_priority(void **state)
{
	setenv("JOURNAL_STREAM", "8:1234", 1);
	log__set_level(LOG_DEBUG);
	begin(*state);
	log_error("e");
	log_warning("w");
	log_notice("n");
	log_info("i");
	log_debug("d");
	assert_string_equal(end(*state), "<3>e\n<4>w\n<5>n\n<6>i\n<7>d\n");
}

static void test_level_keeps_the_rest_out(void **state)
{
	begin(*state);
	log_debug("no");
	log_info("yes");
	log__set_level(LOG_WARNING);
	log_info("no");
	log_notice("no");
	log_warning("yes");
	log__set_level(LOG_DEBUG);
	log_debug("yes");
	assert_string_equal(end(*state), "fdscoped: yes\nfdscoped: yes\nfdscoped: yes\n");
	assert_int_equal(log__level(), LOG_DEBUG);
}

static void test_error_is_told_and_returned(void **state)
{
	char want[256];

	begin(*state);
	assert_int_equal(log_errno(-ENOENT, "open %s", "x"), -ENOENT);
	assert_int_equal(log_errno(ENOENT, "open %s", "y"), -ENOENT);
	assert_int_equal(log_errno(0, "fine"), 0);
	snprintf(want, sizeof(want), "fdscoped: open x: %s\nfdscoped: open y: %s\nfdscoped: fine\n",
		 strerror(ENOENT), strerror(ENOENT));
	assert_string_equal(end(*state), want);
	/* Also by who is not to say anything. */
	log__set_level(LOG_CRIT);
	begin(*state);
	assert_int_equal(log_errno(-EMFILE, "quiet"), -EMFILE);
	assert_int_equal(log__emit(LOG_DEBUG, EMFILE, "quiet"), -EMFILE);
	assert_string_equal(end(*state), "");
}

static void test_error_that_cannot_be_written_is_returned(void **state)
{
	int old = dup(2);

	(void)state;
	close(2);
	assert_int_equal(log_errno(-ENFILE, "nowhere to write"), -ENFILE);
	assert_int_equal(dup2(old, 2), 2);
	close(old);
}

static void test_text_begins_no_line_of_its_own(void **state)
{
	char all[300];
	unsigned int len = 0, line_ends = 0;
	const char *text;

	for (int c = 1; c < 256; c++)
		all[len++] = c;
	all[len] = '\0';
	begin(*state);
	log_info("a\nfdscoped: b\x1b[31m\tc\x7f%s", all);
	text = end(*state);
	for (const char *c = text; *c; c++) {
		line_ends += *c == '\n';
		assert_false((*c >= 1 && *c < ' ' && *c != '\n') || *c == 0x7f);
	}
	assert_int_equal(line_ends, 1);
	assert_memory_equal(text, "fdscoped: a?fdscoped: b?[31m?c??", 32);
	/* Other bytes, UTF-8 too, come out as they are. */
	assert_memory_equal(text + strlen(text) - 129, all + 127, 128);
}

/* Around the length where lines are cut: always one line, never more than the room for it. */
static void test_long_line_is_cut(void **state)
{
	static const int errors[] = {0, ENOENT};
	static char longest[3 * LINE_MAX_LEN];

	memset(longest, 'x', sizeof(longest) - 1);
	for (size_t e = 0; e < 2; e++)
		for (int len = LINE_MAX_LEN - 60; len < LINE_MAX_LEN + 20; len++) {
			size_t want = strlen("fdscoped: ") + len;
			const char *text;

			if (errors[e])
				want += strlen(": ") + strlen(strerror(errors[e]));
			if (want > LINE_MAX_LEN - 2)
				want = LINE_MAX_LEN - 2;
			begin(*state);
			log__emit(LOG_ERR, errors[e], "%.*s", len, longest);
			text = end(*state);
			assert_int_equal(strlen(text), want + 1);
			assert_int_equal(strcspn(text, "\n"), want);
		}
	begin(*state);
	log_error("%s", longest);
	assert_int_equal(strlen(end(*state)), LINE_MAX_LEN - 1);
}

static void test_each_line_is_one_write(void **state)
{
	struct capture *c = *state;
	int ends[2], old = dup(2);
	ssize_t len;

	/* A packet pipe keeps writes apart. */
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_DIRECT), 0);
	dup2(ends[1], 2);
	close(ends[1]);
	log_info("one");
	log_errno(EIO, "two");
	dup2(old, 2);
	close(old);
	len = read(ends[0], c->text, sizeof(c->text));
	assert_int_equal(len, strlen("fdscoped: one\n"));
	len = read(ends[0], c->text, sizeof(c->text));
	assert_int_equal(len, strlen("fdscoped: two: \n") + strlen(strerror(EIO)));
	close(ends[0]);
}

#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level_at_start),
		LOG_TEST(test_plain_line),
		LOG_TEST(test_journal_line_has_its_priority),
		LOG_TEST(test_level_keeps_the_rest_out),
		LOG_TEST(test_error_is_told_and_returned),
		LOG_TEST(test_error_that_cannot_be_written_is_returned),
		LOG_TEST(test_text_begins_no_line_of_its_own),
		LOG_TEST(test_long_line_is_cut),
		LOG_TEST(test_each_line_is_one_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
