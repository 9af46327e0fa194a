// links: cli/columns.c cli/cells.c cli/human.c cli/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of columns: -o, what cells read, and that the man page has them all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cells.h"

#define MAN_PAGE "cli/fdscope.1" /* tests run in the root of the tree */

static void sets_are_sound(void **state)
{
	(void)state;
	for (size_t s = 0; columns__sets[s]; s++) {
		const struct column_set *set = columns__sets[s];
		struct column_list list;

		columns__default(set, &list);
		assert_true(list.cnt > 0);
		for (size_t i = 0; i < set->cnt; i++) {
			const struct column *col = &set->columns[i];

			assert_true(col->name && col->label && col->help);
			assert_true(col->get || col->key);
			assert_true((col->type >= COL_GET_STRING && col->type < COL_ROWS) ==
				    !!col->get);
			assert_true((col->type == COL_ROWS) == !!col->rows);
			assert_non_null(column__json_type(col));
			if (columns__offers(set, i)) /* a second one of that name hides */
				assert_ptr_equal(columns__find(set, col->name, strlen(col->name)),
						 col);
			if (set->omit & col->flags)
				assert_null(columns__find(set, col->name, strlen(col->name)));
		}
	}
}

static void lists_are_parsed(void **state)
{
	struct column_list list, dflt;
	const char *bad;
	size_t len;

	(void)state;
	assert_int_equal(columns__parse(&columns__process, "comm,PID,pid", &list, &bad, &len), 0);
	assert_int_equal(list.cnt, 3);
	assert_string_equal(list.col[0]->name, "COMM");
	assert_ptr_equal(list.col[1], list.col[2]);

	columns__default(&columns__process, &dflt);
	assert_int_equal(columns__parse(&columns__process, "+EXE", &list, &bad, &len), 0);
	assert_int_equal(list.cnt, dflt.cnt + 1);
	assert_ptr_equal(list.col[0], dflt.col[0]);
	assert_string_equal(list.col[dflt.cnt]->name, "EXE");
}

static void bad_lists_are_refused(void **state)
{
	struct column_list list = {.cnt = 99};
	char many[COLUMN_LIST_MAX * 4 + 4] = "PID";
	const char *bad = NULL;
	size_t len = 99;

	(void)state;
	assert_int_equal(columns__parse(&columns__file, "FD,NOPE,KIND", &list, &bad, &len),
			 -EINVAL);
	assert_int_equal(len, 4);
	assert_memory_equal(bad, "NOPE", 4);
	assert_int_equal(columns__parse(&columns__file, "", &list, &bad, &len), -EINVAL);
	assert_int_equal(len, 0);
	assert_int_equal(columns__parse(&columns__file, "+", &list, &bad, &len), -EINVAL);
	assert_int_equal(columns__parse(&columns__file, "FD,", &list, &bad, &len), -EINVAL);
	assert_int_equal(columns__parse(&columns__file, ",FD", &list, &bad, &len), -EINVAL);
	assert_int_equal(columns__parse(&columns__file, "F", &list, &bad, &len), -EINVAL);
	/* Columns of the sheet are not offered in lists. */
	assert_int_equal(columns__parse(&columns__process, "KINDS", &list, &bad, &len), -EINVAL);

	for (size_t i = 1; i < COLUMN_LIST_MAX; i++)
		strcat(many, ",PID");
	assert_int_equal(columns__parse(&columns__process, many, &list, &bad, &len), 0);
	list.cnt = 99;
	strcat(many, ",PID");
	assert_int_equal(columns__parse(&columns__process, many, &list, &bad, &len), -E2BIG);
	assert_int_equal(list.cnt, 99);
}

/* What a column of a set shows of a row. */
static void check_cell(const struct column_set *set, const char *name, const char *json,
		       const char *want)
{
	_cleanup_text_ struct text t = {};
	json_t *row = json_loads(json, JSON_ALLOW_NUL, NULL);
	const struct column *col = columns__find(set, name, strlen(name));

	assert_non_null(row);
	assert_non_null(col);
	text__add(&t, "left over");
	cell__format(col, row, &t);
	assert_string_equal(text__str(&t), want);
	json_decref(row);
}

static void cells_read_well(void **state)
{
	const struct column_set *p = &columns__sheet, *f = &columns__file;

	(void)state;
	check_cell(p, "SOFT", "{\"soft_limit\":null}", "unlimited");
	check_cell(p, "SOFT", "{\"soft_limit\":1024}", "1024");
	check_cell(p, "SOFT", "{}", "-");
	check_cell(p, "OPENS", "{\"opens\":null}", "-");
	check_cell(p, "ALLOCATED", "{\"allocated\":1234567890123}", "1234567890123");
	check_cell(p, "USED", "{\"used_ratio\":0.5}", "50.0%");
	check_cell(p, "USED", "{\"used_ratio\":1}", "100.0%");
	check_cell(p, "PID", "{\"pid\":7,\"tid\":7}", "7");
	check_cell(p, "PID", "{\"pid\":7,\"tid\":9}", "7/9");
	check_cell(p, "ROOM", "{\"room\":6}", "6");
	check_cell(p, "ROOM", "{\"room\":0}", "0");
	check_cell(p, "ROOM", "{\"room\":null}", "unlimited");
	check_cell(p, "ZOMBIE", "{\"zombie\":true}", "yes");
	check_cell(p, "UID", "{\"uid\":0}", "0");
	check_cell(p, "USER", "{\"uid\":4294967290}", "4294967290");
	check_cell(p, "KINDS", "{\"kinds\":{\"file\":3,\"unix\":20,\"pipe\":3}}",
		   "unix 20, file 3, pipe 3");
	check_cell(p, "HISTORY", "{\"history\":[[1000000000,3],[2000000000,9],[61000000000,5]]}",
		   "3 to 9, last 5, over 1m00s");
	check_cell(p, "HISTORY", "{\"history\":[]}", "-");
	check_cell(f, "FLAGS", "{\"flags\":[\"append\",\"sync\"]}", "append,sync");
	check_cell(f, "FLAGS", "{\"flags\":[]}", "-");
	check_cell(f, "SHARED", "{\"shared_with\":[{\"pid\":5,\"fd\":3},{\"pid\":6,\"fd\":4}]}",
		   "5:3,6:4");
	check_cell(f, "NAME", "{\"name\":null,\"error\":\"EACCES\"}", "[EACCES]");
	check_cell(&columns__system, "USED", "{\"file_nr\":5,\"file_max\":null}", "-");
	check_cell(&columns__system, "USED", "{\"file_nr\":5,\"file_max\":50}", "10.0%");
	check_cell(&columns__status, "PASSES", "{\"snapshot\":{\"passes\":3}}", "3");
	check_cell(&columns__event, "WHAT",
		   "{\"type\":\"level\",\"level\":80,\"direction\":\"down\",\"allocated\":70,"
		   "\"soft_limit\":100}",
		   "fell below 80%: 70 of 100");
	check_cell(&columns__event, "WHAT",
		   "{\"type\":\"alert\",\"severity\":\"critical\",\"step\":\"fire\","
		   "\"message\":\"a\\u001b[7]\",\"incident\":12}",
		   "critical fire: a\\x1b[7] (incident 12)");
	check_cell(&columns__event, "WHAT",
		   "{\"type\":\"hazard\",\"hazard\":{\"kind\":\"epoll-fork\","
		   "\"summary\":\"a\\u001b[7]\"}}",
		   "epoll-fork: a\\x1b[7]");
	check_cell(&columns__hazard, "STACK", "{\"stack\":[\"open+0x1\"]}", "open+0x1");
	check_cell(&columns__hazard, "CONTENDED", "{\"contended\":null}", "-");
	check_cell(&columns__hazard, "OTHER", "{\"other_pid\":null}", "-");
	check_cell(&columns__trap, "WATCHED", "{\"available\":false}", "no");
	check_cell(&columns__status, "ALERTS-WARN", "{\"alerts\":{\"warn\":2}}", "2");
	check_cell(&columns__status, "ALERTS-WARN", "{\"alerts\":null}", "-");
	check_cell(&columns__status, "HOOKS", "{\"alerts\":{\"hooks\":{\"started\":5}}}", "5");
	check_cell(&columns__status, "HOOKS", "{\"alerts\":{\"hooks\":[5]}}", "-");
	check_cell(&columns__status, "HOOKS", "{\"alerts.hooks.started\":5}", "-");
	check_cell(&columns__failure, "WHERE", "{\"stack\":[\"open+0x1\",\"main+0x2\"]}",
		   "open+0x1");
	check_cell(&columns__failure, "WHERE", "{\"stack\":[]}", "-");
	check_cell(&columns__failure, "STACK", "{\"stack\":[\"open+0x1\",\"main+0x2\"]}",
		   "open+0x1,main+0x2");
	check_cell(&columns__case, "KINDS", "{\"black_box\":{\"kinds\":{\"pipe\":1,\"file\":2}}}",
		   "file 2, pipe 1");
	check_cell(&columns__case, "KINDS", "{\"black_box\":null}", "-");
}

/* A row that has the value where the key looks for it: of "a.b" in an object of its own. */
static json_t *row_with(const char *key, json_t *value)
{
	const char *dot = strchr(key, '.');

	if (dot)
		return json_pack("{s#:o}", key, (int)(dot - key), row_with(dot + 1, value));
	return json_pack("{s:O}", key, value);
}

static void hostile_rows_are_harmless(void **state)
{
	static const char *const values[] = {"{}",	    "[]",
					     "[[1]]",	    "true",
					     "\"\\u001b\"", "-9223372036854775808",
					     "1e308",	    "[{\"pid\":\"x\"}]"};

	(void)state;
	check_cell(&columns__process, "COMM", "{\"comm\":\"a\\u001b[2Jb\\u0000\\n\"}",
		   "a\\x1b[2Jb\\x00\\x0a");
	check_cell(&columns__process, "COMM", "{\"comm\":[]}", "?");
	check_cell(&columns__process, "ALLOCATED", "{\"allocated\":\"\\u001b\"}", "?");
	check_cell(&columns__sheet, "KINDS", "{\"kinds\":{\"\\u001b\":1}}", "\\x1b 1");
	/* Any value anywhere: no crash, never empty, no control character. */
	for (size_t s = 0; columns__sets[s]; s++)
		for (size_t i = 0; i < columns__sets[s]->cnt; i++)
			for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
				const struct column *col = &columns__sets[s]->columns[i];
				_cleanup_text_ struct text t = {};
				json_t *value = json_loads(values[v], JSON_DECODE_ANY, NULL);
				json_t *row = row_with(col->key ? col->key : "type", value);

				assert_non_null(row);
				assert_ptr_equal(cell__value(row, col->key ? col->key : "type"),
						 value);
				cell__format(col, row, &t);
				cell__level(col, row);
				assert_true(t.len > 0);
				assert_null(strpbrk(text__str(&t), "\x1b\n"));
				json_decref(row);
				json_decref(value);
			}
}

static void levels(void **state)
{
	const struct column *used = columns__find(&columns__process, "USED", 4);
	static const struct {
		double ratio;
		int level;
	} cases[] = {{0.799, 0}, {0.8, 80}, {0.949, 80}, {0.95, 95}, {1.2, 95}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *row = json_pack("{s:f}", "used_ratio", cases[i].ratio);

		assert_int_equal(cell__level(used, row), cases[i].level);
		assert_int_equal(cell__level(&columns__process.columns[0], row), 0);
		json_decref(row);
	}
}

/* Every column that -o takes stands in the man page, with the same words. */
static void man_page_is_complete(void **state)
{
	static char page[256 << 10];
	FILE *f = fopen(MAN_PAGE, "r");
	size_t len;

	(void)state;
	assert_non_null(f);
	len = fread(page, 1, sizeof(page) - 1, f);
	page[len] = '\0';
	fclose(f);
	for (size_t s = 0; columns__sets[s]; s++) {
		const struct column_set *set = columns__sets[s];

		for (size_t i = 0; i < set->cnt; i++) {
			_cleanup_text_ struct text entry = {};

			/* Their rows are seen only inside a sheet. */
			if (set == &columns__tier || set == &columns__feature ||
			    set == &columns__trap || set == &columns__program ||
			    set == &columns__user || set == &columns__user_use ||
			    !columns__offers(set, i))
				continue;
			text__add(&entry, ".It Cm ");
			text__add(&entry, set->columns[i].name);
			text__addf(&entry, "\n%s\n", set->columns[i].help);
			if (!strstr(page, text__str(&entry)))
				fail_msg("%s lacks: %s", MAN_PAGE, text__str(&entry));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_are_sound),
		cmocka_unit_test(lists_are_parsed),
		cmocka_unit_test(bad_lists_are_refused),
		cmocka_unit_test(cells_read_well),
		cmocka_unit_test(hostile_rows_are_harmless),
		cmocka_unit_test(levels),
		cmocka_unit_test(man_page_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
