// links: cli/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Foreign text on a terminal and in a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void check_escaped(const char *in, size_t len, const char *want)
{
	_cleanup_text_ struct text t = {};

	text__add_escaped(&t, in, len);
	assert_false(t.oom);
	assert_string_equal(text__str(&t), want);
}

#define ESCAPED(in, want) check_escaped(in, sizeof(in) - 1, want)

static void controls_are_escaped(void **state)
{
	(void)state;
	ESCAPED("", "");
	ESCAPED("plain", "plain");
	ESCAPED("\x1b[31mred", "\\x1b[31mred");
	ESCAPED("a\nb\tc\r\x7f", "a\\x0ab\\x09c\\x0d\\x7f");
	ESCAPED("nul\0end", "nul\\x00end");
	ESCAPED("\xc2\x9b"
		"31m",
		"\\xc2\\x9b31m"); /* CSI as a C1 control */
	ESCAPED("\xe2\x80\xae"
		"evil",
		"\\xe2\\x80\\xaeevil"); /* right-to-left override */
	ESCAPED("\xe2\x80\xa8", "\\xe2\\x80\\xa8");
	ESCAPED("\xe2\x81\xa9", "\\xe2\\x81\\xa9");
}

/* Two names must not look the same, and cells not be narrower than they are. */
static void invisible_marks_are_escaped(void **state)
{
	(void)state;
	ESCAPED("a\xe2\x80\x8b", "a\\xe2\\x80\\x8b");
	ESCAPED("\xe2\x80\x8c\xe2\x80\x8d", "\\xe2\\x80\\x8c\\xe2\\x80\\x8d");
	ESCAPED("\xe2\x81\xa0", "\\xe2\\x81\\xa0");
	ESCAPED("\xef\xbb\xbf", "\\xef\\xbb\\xbf");
	ESCAPED("\xe2\x80\x8a\xe2\x80\x90", "\xe2\x80\x8a\xe2\x80\x90"); /* beside them */
}

static void utf8_stays(void **state)
{
	(void)state;
	ESCAPED("n\xc3\xa4m\xe6\xbc\xa2\xf0\x9f\x98\x80", "n\xc3\xa4m\xe6\xbc\xa2\xf0\x9f\x98\x80");
	ESCAPED("\xc2\xa0", "\xc2\xa0"); /* the first behind C1 */
	ESCAPED("\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf");
	ESCAPED("a\\x1b", "a\\x1b");
}

static void broken_utf8_is_escaped(void **state)
{
	(void)state;
	ESCAPED("\xff"
		"a",
		"\\xffa");
	ESCAPED("a\xc3", "a\\xc3");
	ESCAPED("\xe6\xbc", "\\xe6\\xbc");
	ESCAPED("\xc3(", "\\xc3(");
	ESCAPED("\xc1\x81", "\\xc1\\x81");	    /* overlong A */
	ESCAPED("\xc0\x9b", "\\xc0\\x9b");	    /* overlong ESC */
	ESCAPED("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
	ESCAPED("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	ESCAPED("\x80", "\\x80");
}

static void requests_are_encoded(void **state)
{
	_cleanup_text_ struct text t = {};

	(void)state;
	text__add_encoded(&t, "comm:a b*&c=%\n\xc3\xa4~-._9Z");
	assert_string_equal(text__str(&t), "comm%3Aa%20b%2A%26c%3D%25%0A%C3%A4~-._9Z");
}

static void text_grows_and_clears(void **state)
{
	_cleanup_text_ struct text t = {};

	(void)state;
	assert_string_equal(text__str(&t), "");
	for (int i = 0; i < 1000; i++)
		text__addf(&t, "%03d,", i);
	assert_int_equal(t.len, 4000);
	assert_memory_equal(text__str(&t) + 3996, "999,", 5);
	text__clear(&t);
	assert_string_equal(text__str(&t), "");
	text__add(&t, "x");
	assert_string_equal(text__str(&t), "x");
}

static void too_long_is_remembered(void **state)
{
	_cleanup_text_ struct text t = {};

	(void)state;
	text__add(&t, "kept");
	text__add_bytes(&t, "never read", TEXT_MAX);
	assert_true(t.oom);
	text__add(&t, "dropped");
	assert_string_equal(text__str(&t), "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_are_escaped),
		cmocka_unit_test(utf8_stays),
		cmocka_unit_test(invisible_marks_are_escaped),
		cmocka_unit_test(broken_utf8_is_escaped),
		cmocka_unit_test(requests_are_encoded),
		cmocka_unit_test(text_grows_and_clears),
		cmocka_unit_test(too_long_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
