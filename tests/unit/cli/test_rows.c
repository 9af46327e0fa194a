// links: cli/rows.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Walking the array of a list answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rows.h"

/* Number of rows, or the error; the sum of their "a" in *sum. */
static int walk(const char *s, size_t len, json_int_t *sum)
{
	char *copy = malloc(len ? len : 1); /* no NUL behind it, as a sanitizer sees */
	struct rows r;
	json_t *row;
	int cnt = 0, err;

	assert_non_null(copy);
	memcpy(copy, s, len);
	*sum = 0;
	err = rows__init(&r, copy, len, "files");
	while (!err && (err = rows__next(&r, &row)) > 0) {
		*sum += json_integer_value(json_object_get(row, "a"));
		json_decref(row);
		cnt++;
		err = 0;
	}
	free(copy);
	return err ? err : cnt;
}

static void finds_its_rows(void **state)
{
	static const char answer[] =
		" {\"generated_ns\": 12, \"o\": {\"files\": [{\"a\":100}]}, \"s\": \"files\\\":[\",\n"
		"\"files\" : [ {\"a\":1,\"b\":\"]}\"} ,{\"a\":2,\"c\":[{}]},{\"a\":4}\n], \"more\":[1]} \n";
	json_int_t sum;

	(void)state;
	assert_int_equal(walk(answer, strlen(answer), &sum), 3);
	assert_int_equal(sum, 7);
	assert_int_equal(walk("{\"files\":[]}", 12, &sum), 0);
}

static void every_cut_is_noticed(void **state)
{
	static const char answer[] = "{\"n\":1,\"files\":[{\"a\":1},{\"a\":2}],\"z\":{}}";
	json_int_t sum;

	(void)state;
	for (size_t len = 0; len < strlen(answer); len++)
		assert_int_equal(walk(answer, len, &sum), -EBADMSG);
	assert_int_equal(walk(answer, strlen(answer), &sum), 2);
}

static void garbage_is_refused(void **state)
{
	static const char *const bad[] = {
		"[]",
		"null",
		"{}",
		"{\"other\":[]}",
		"{\"files\":{}}",
		"{\"files\":[1]}",
		"{\"files\":[{} {}]}",
		"{\"files\":[{}]}x",
		"{\"files\":[{}],1}",
		"{1:2,\"files\":[]}",
		"{\"files\":[{\"a\":\"\xff\"}]}",
	};
	json_int_t sum;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(walk(bad[i], strlen(bad[i]), &sum), -EBADMSG);
}

static void objects(void **state)
{
	json_t *o = NULL;

	(void)state;
	assert_int_equal(rows__parse_object("[1]", 3, &o), -EBADMSG);
	assert_int_equal(rows__parse_object("{\"a\":1", 6, &o), -EBADMSG);
	assert_null(o);
	assert_int_equal(rows__parse_object("{\"a\":\"x\\u0000y\"}", 16, &o), 0);
	assert_int_equal(json_string_length(json_object_get(o, "a")), 3);
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_its_rows),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
