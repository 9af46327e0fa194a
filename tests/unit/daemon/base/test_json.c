// links: daemon/base/json.c daemon/base/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The writer of answer bodies: what comes out is JSON, whatever goes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *parse(struct json *j)
{
	json_error_t error;
	json_t *value = json_loadb(j->data, j->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	if (!value)
		fail_msg("%s in %.*s", error.text, (int)j->len, j->data);
	json__done(j);
	return value;
}

static void expect(struct json *j, const char *text)
{
	assert_int_equal(j->error, 0);
	assert_int_equal(j->len, strlen(text));
	assert_memory_equal(j->data, text, j->len);
	json__done(j);
}

static void test_structure(void **state)
{
	struct json j = {};

	(void)state;
	json__begin_object(&j, NULL);
	json__emit_uint(&j, "a", 0);
	json__begin_array(&j, "b");
	json__emit_int(&j, NULL, -12);
	json__begin_object(&j, NULL);
	json__end_object(&j);
	json__emit_bool(&j, NULL, true);
	json__end_array(&j);
	json__emit_null(&j, "c");
	json__emit_bool(&j, "d", false);
	json__end_object(&j);
	expect(&j, "{\"a\":0,\"b\":[-12,{},true],\"c\":null,\"d\":false}");
}

static void test_numbers(void **state)
{
	struct json j = {};

	(void)state;
	json__begin_array(&j, NULL);
	json__emit_uint(&j, NULL, UINT64_MAX);
	json__emit_int(&j, NULL, INT64_MIN);
	json__emit_real(&j, NULL, 0.5);
	json__emit_real(&j, NULL, NAN);
	json__emit_real(&j, NULL, -INFINITY);
	json__emit_real(&j, NULL, 1e300);
	JSON_UINT_OR_NULL(&j, NULL, 7, 7);
	json__end_array(&j);
	expect(&j, "[9223372036854775807,-9223372036854775808,0.5,null,null,1e+300,null]");
}

/* Every byte there is, in a short and in a long text; and all of ASCII comes back as it was. */
static void test_bytes(void **state)
{
	char bytes[255], text[1021];
	struct json j = {};
	json_t *value;

	(void)state;
	for (int i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = bytes[i * 7 % sizeof(bytes)];
	for (size_t len = 0; len <= sizeof(text); len++) {
		json__emit_text_n(&j, NULL, text, len);
		json_decref(parse(&j));
		json__emit_text_n(&j, NULL, text + len, sizeof(text) - len);
		json_decref(parse(&j));
	}
	json__emit_text_n(&j, NULL, bytes, 127);
	value = parse(&j);
	assert_int_equal(json_string_length(value), 127);
	assert_memory_equal(json_string_value(value), bytes, 127);
	json_decref(value);
	json__emit_text(&j, NULL, "caf\xe9");
	expect(&j, "\"caf\\\\xe9\"");
	json__emit_text(&j, NULL, "caf\xc3\xa9 \"\\\n\x01\x7f");
	expect(&j, "\"caf\xc3\xa9 \\\"\\\\\\u000a\\u0001\\u007f\"");
	json__emit_text(&j, NULL, NULL);
	expect(&j, "null");
}

static void test_format_cut(void **state)
{
	struct json j = {};
	char text[600];
	json_t *value;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 3);
	json__emit_textf(&j, NULL, "x%s", text);
	value = parse(&j); /* cut in the middle of a character it would have no meaning */
	assert_int_equal(json_string_length(value), 511);
	json_decref(value);
}

static void test_limits(void **state)
{
	struct json j = {.max = 4096};

	(void)state;
	json__begin_array(&j, NULL);
	for (int i = 0; i < 10000; i++)
		json__emit_text(&j, NULL, "something");
	assert_int_equal(j.error, -EFBIG);
	assert_true(j.len <= 4096);
	json__done(&j);

	for (int i = 0; i < 100; i++)
		json__begin_array(&j, NULL);
	assert_int_equal(j.error, -EFBIG);
	for (int i = 0; i < 100; i++)
		json__end_array(&j);
	json__done(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bytes),	  cmocka_unit_test(test_format_cut),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
