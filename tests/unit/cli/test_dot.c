// links: cli/dot.c cli/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The graph: who shares what becomes edges to one node, and no name can leave its quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dot.h"

static void check_escaped(const char *name, const char *expected)
{
	_cleanup_text_ struct text out = {};

	dot__add_escaped(&out, name);
	assert_string_equal(text__str(&out), expected);
}

static void escapes(void **state)
{
	(void)state;
	check_escaped("", "");
	check_escaped("plain <b>name</b>", "plain <b>name</b>");
	check_escaped("a \"b\"", "a \\\"b\\\"");
	check_escaped("a\\N\\", "a\\\\N\\\\");
	check_escaped("two\nlines\ttab", "two\\\\x0alines\\\\x09tab");
	check_escaped("\x1b[7m\x7f", "\\\\x1b[7m\\\\x7f");
	check_escaped("\xc3\xa4\xff", "\xc3\xa4\\\\xff");
}

static void add(struct graph *g, const char *text)
{
	json_t *row = json_loads(text, 0, NULL);

	assert_non_null(row);
	assert_int_equal(graph__add(g, row, 7, "seven"), 0);
	json_decref(row);
}

#define FILE_ROW(pid, fd, ofd)                                                                     \
	"{\"pid\":" pid ",\"comm\":\"c\\\"x\",\"fd\":" fd ",\"ofd\":\"" ofd                        \
	"\",\"kind\":\"file\",\"mode\":\"r\",\"dev\":\"1:2\",\"inode\":3,\"name\":\"/a\\n\\\"\"}"

static void shared(void **state)
{
	_cleanup_text_ struct text out = {};
	struct graph *g;
	json_t *json;

	(void)state;
	assert_int_equal(graph__new(&g), 0);
	add(g, FILE_ROW("1", "3", "aa"));
	add(g, FILE_ROW("1", "4", "aa"));
	add(g, FILE_ROW("2", "3", "aa"));
	add(g, FILE_ROW("2", "5", "bb"));
	json = graph__to_json(g);
	/* Two processes, two ofds, one inode; four descriptors, and from each ofd one to the inode.
	 */
	assert_int_equal(json_array_size(json_object_get(json, "nodes")), 5);
	assert_int_equal(json_array_size(json_object_get(json, "edges")), 6);
	json_decref(json);
	graph__add_dot(g, &out);
	assert_non_null(strstr(text__str(&out), "\"p1\" -> \"oaa\" [label=\"fd 3\"];"));
	assert_non_null(strstr(text__str(&out), "\"oaa\" -> \"i1:2:3\" [label=\"r\"];"));
	assert_non_null(strstr(text__str(&out), "label=\"c\\\"x\\npid 1\""));
	assert_non_null(strstr(text__str(&out), "/a\\\\x0a\\\""));
	graph__free(g);
}

/* Whatever the daemon says, nothing breaks. */
static void odd_rows(void **state)
{
	_cleanup_text_ struct text out = {};
	struct graph *g;
	json_t *json;

	(void)state;
	assert_int_equal(graph__new(&g), 0);
	add(g, "{}");
	add(g, "{\"fd\":\"x\",\"ofd\":5,\"dev\":[],\"kind\":null,\"name\":{},\"shared_with\":[1]}");
	add(g, "{\"fd\":1,\"ofd\":null,\"ofd_group\":2,\"name\":null}");
	graph__add_dot(g, &out);
	json = graph__to_json(g);
	assert_non_null(json);
	json_decref(json);
	graph__free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(shared),
		cmocka_unit_test(odd_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
