// links: daemon/base/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes as valid UTF-8: what is kept, what is escaped, where a cut falls. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *in;
	size_t len;
	const char *out;
} cases[] = {
	{"", 0, ""},
	{"plain text\n\t", 12, "plain text\n\t"},
	{"\xc3\xa9", 2, "\xc3\xa9"},
	{"\xe2\x82\xac", 3, "\xe2\x82\xac"},
	{"\xf0\x9f\x90\xa7", 4, "\xf0\x9f\x90\xa7"},
	{"\xf4\x8f\xbf\xbf", 4, "\xf4\x8f\xbf\xbf"},
	{"a\0b", 3, "a\\x00b"},
	{"\x80", 1, "\\x80"},
	{"\xff\xfe", 2, "\\xff\\xfe"},
	{"\xc0\xaf", 2, "\\xc0\\xaf"},			 /* overlong '/' */
	{"\xc1\x81", 2, "\\xc1\\x81"},			 /* overlong 'A' */
	{"\xe0\x9f\xbf", 3, "\\xe0\\x9f\\xbf"},		 /* overlong */
	{"\xf0\x8f\xbf\xbf", 4, "\\xf0\\x8f\\xbf\\xbf"}, /* overlong */
	{"\xed\xa0\x80", 3, "\\xed\\xa0\\x80"},		 /* surrogate */
	{"\xed\x9f\xbf", 3, "\xed\x9f\xbf"},		 /* just below the surrogates */
	{"\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
	{"\xf5\x80\x80\x80", 4, "\\xf5\\x80\\x80\\x80"},
	{"\xe2\x82", 2, "\\xe2\\x82"},	      /* cut at the end */
	{"\xe2\x82z", 3, "\\xe2\\x82z"},      /* cut in the middle */
	{"\xc3\xc3\xa9", 3, "\\xc3\xc3\xa9"}, /* a valid one right after */
};

static void to_utf8_escapes_what_is_invalid(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		/* A copy of just that size, so that a sanitizer sees a byte too far. */
		char *in = malloc(cases[i].len + 1), *out;

		memcpy(in, cases[i].in, cases[i].len);
		in = realloc(in, cases[i].len ? cases[i].len : 1);
		out = text__to_utf8(in, cases[i].len);
		assert_string_equal(out, cases[i].out);
		assert_true(text__is_utf8(out, strlen(out)));
		assert_int_equal(text__is_utf8(in, cases[i].len),
				 strlen(cases[i].out) == cases[i].len);
		free(out);
		free(in);
	}
}

/* Every sequence of two bytes, and of three with a few thirds, comes out valid. */
static void to_utf8_is_always_valid(void **state)
{
	static const unsigned char thirds[] = {0, 'a', 0x7f, 0x80, 0xbf, 0xc3, 0xff};
	char in[3], out[16];

	(void)state;
	for (unsigned v = 0; v < 65536 * sizeof(thirds); v++) {
		size_t len;

		in[0] = v & 255;
		in[1] = v >> 8 & 255;
		in[2] = thirds[v >> 16];
		len = text__copy_utf8(out, sizeof(out), in, 3);
		assert_int_equal(len, strlen(out));
		if (!text__is_utf8(out, len))
			fail_msg("%02x %02x %02x", in[0] & 255, in[1] & 255, in[2] & 255);
	}
}

static void copy_cuts_between_characters(void **state)
{
	static const char in[] = "a\xe2\x82\xac\xff";
	char out[16];

	(void)state;
	for (size_t sz = 1; sz <= sizeof(out); sz++) {
		size_t want = sz > 8 ? 8 : sz > 4 ? 4 : sz > 1 ? 1 : 0;

		memset(out, '#', sizeof(out));
		assert_int_equal(text__copy_utf8(out, sz, in, 5), want);
		assert_int_equal(out[want], '\0');
		if (sz < sizeof(out))
			assert_int_equal(out[sz], '#');
	}
	assert_string_equal(out, "a\xe2\x82\xac\\xff");
}

static void whole_drops_a_cut_character_only(void **state)
{
	(void)state;
	assert_int_equal(text__whole_utf8("", 0), 0);
	assert_int_equal(text__whole_utf8("ab", 2), 2);
	assert_int_equal(text__whole_utf8("a\xe2\x82\xac", 4), 4);
	assert_int_equal(text__whole_utf8("a\xe2\x82", 3), 1);
	assert_int_equal(text__whole_utf8("a\xe2", 2), 1);
	assert_int_equal(text__whole_utf8("a\xf0\x9f\x90", 4), 1);
	assert_int_equal(text__whole_utf8("\xf0", 1), 0);
	assert_int_equal(text__whole_utf8("a\xff", 2), 2);
	assert_int_equal(text__whole_utf8("a\x80\x80\x80\x80", 5), 5);
	assert_int_equal(text__whole_utf8("a\xed\xa0", 3), 3); /* no beginning of anything valid */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_utf8_escapes_what_is_invalid),
		cmocka_unit_test(to_utf8_is_always_valid),
		cmocka_unit_test(copy_cuts_between_characters),
		cmocka_unit_test(whole_drops_a_cut_character_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
