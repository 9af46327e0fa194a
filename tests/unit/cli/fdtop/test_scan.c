// links: cli/fdtop/model/scan.c cli/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading JSON without building it: the same as the library reads, and as it refuses. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fdtop/model/scan.h"

static int scan_all(const char *text, struct scan_value *v)
{
	struct scan s = {text, text + strlen(text)};
	int err = scan__value(&s, v);

	return err || s.at == s.end ? err : -EBADMSG;
}

/* What the library makes of it. */
static void check(const char *text)
{
	json_t *want = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	struct scan_value v = {};
	int err = scan_all(text, &v);

	if (!want != (err != 0))
		fail_msg("'%s': %s here, %s there", text, err ? "refused" : "read",
			 want ? "read" : "refused");
	if (json_is_string(want)) {
		assert_int_equal(v.type, SCAN_STRING);
		assert_int_equal(v.string.len, json_string_length(want));
		assert_memory_equal(text__str(&v.string), json_string_value(want), v.string.len);
	} else if (json_is_integer(want)) {
		assert_int_equal(v.type, SCAN_INT);
		assert_true(v.integer == json_integer_value(want));
	} else if (json_is_real(want)) {
		assert_int_equal(v.type, SCAN_REAL);
		assert_true(v.real == json_real_value(want));
	} else if (want) {
		assert_int_equal(v.type, json_is_null(want)    ? SCAN_NULL
					 : json_is_true(want)  ? SCAN_TRUE
					 : json_is_false(want) ? SCAN_FALSE
							       : SCAN_NESTED);
	}
	json_decref(want);
	scan_value__done(&v);
}

static void values(void **state)
{
	static const char *const texts[] = {
		"null",
		"true",
		"false",
		"nul",
		"nullx",
		"tru",
		"True",
		"",
		" ",
		"0",
		"-0",
		"1",
		"-1",
		"9223372036854775807",
		"-9223372036854775808",
		"1.5",
		"-0.25",
		"1e3",
		"1E-3",
		"1.25e+2",
		"-",
		"+1",
		"0x1",
		"1x",
		"1e",
		"1.",
		".5",
		"1.2.3",
		"1e5e5",
		"--1",
		"\"\"",
		"\"abc\"",
		"\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"",
		"\"\\u00e9\\u65e5\\ud83d\\ude00\"",
		"\"\\u0000x\"",
		"\"\\ud83d\"",
		"\"\\ud83dx\"",
		"\"\\ud83d\\u0041\"",
		"\"\\ude00\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\x\"",
		"\"\\",
		"\"",
		"\"abc",
		"\"a\nb\"",
		"\"é\"",
		"[]",
		"[1]",
		"[1,2]",
		"[1,]",
		"[,1]",
		"[1 2]",
		"[",
		"]",
		"[[]",
		"{}",
		"{\"a\":1}",
		"{\"a\":1,\"b\":[{}]}",
		"{\"a\"}",
		"{\"a\":}",
		"{a:1}",
		"{1:1}",
		"{\"a\":1,}",
		"{",
		"{\"a\":1",
		"}",
		" [ 1 , { \"x\" : [ ] } ]",
		"'a'",
		"NaN",
		"Infinity",
		"1 2",
		"//",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(texts[i]);
}

static void what_does_not_fit_is_no_integer(void **state)
{
	struct scan_value v = {};

	(void)state;
	assert_int_equal(scan_all("9223372036854775808", &v), 0);
	assert_int_equal(v.type, SCAN_REAL);
	assert_true(v.real == 9223372036854775808.0);
	assert_int_equal(scan_all("1e999", &v), 0);
	assert_true(isinf(v.real));
	scan_value__done(&v);
}

static void depth_has_an_end(void **state)
{
	_cleanup_text_ struct text t = {};
	struct scan_value v = {};

	(void)state;
	for (int i = 0; i < 100000; i++)
		text__add(&t, "[");
	assert_int_equal(scan_all(text__str(&t), &v), -EBADMSG);
	scan_value__done(&v);
}

/* Good text with a byte changed is read or refused, never read beyond. */
static void changed_bytes(void **state)
{
	static const char good[] = "{\"pid\":12,\"c\":\"a\\u00e9\\n\",\"x\":[1.5e3,null,true,{}]}";

	(void)state;
	srand(1);
	for (int i = 0; i < 50000; i++) {
		/* On the heap, so that sanitizers see the end. */
		char *text = strdup(good);
		struct scan_value v = {};

		text[(size_t)rand() % (sizeof(good) - 1)] = (char)(rand() % 256);
		scan_all(text, &v);
		scan_value__done(&v);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(what_does_not_fit_is_no_integer),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(changed_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
