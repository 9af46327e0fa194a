// links: cli/fdtop/view/canvas.c cli/fdtop/model/series.c cli/text.c cli/human.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen in memory: widths, cuts, wide characters; lines, bars and plots. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fdtop/model/series.h"
#include "fdtop/view/canvas.h"

static void check_row(const struct canvas *c, int row, const char *want)
{
	_cleanup_text_ struct text got = {};

	canvas__add_row(c, row, &got);
	assert_string_equal(text__str(&got), want);
}

static void text_is_cut(void **state)
{
	struct canvas c;

	(void)state;
	assert_int_equal(canvas__init(&c, 3, 10, false), 0);
	assert_int_equal(canvas__put(&c, 0, 0, -1, STYLE_PLAIN, "0123456789"), 10);
	check_row(&c, 0, "0123456789");
	assert_int_equal(canvas__put(&c, 0, 0, -1, STYLE_PLAIN, "0123456789a"), 10);
	check_row(&c, 0, "012345678…");
	canvas__clear(&c);
	assert_int_equal(canvas__put(&c, 1, 2, 3, STYLE_PLAIN, "abcdef"), 3);
	check_row(&c, 1, "  ab…");
	assert_int_equal(canvas__put_right(&c, 1, 5, 5, STYLE_PLAIN, "xy"), 2);
	check_row(&c, 1, "  ab…   xy");
	/* Outside nothing happens. */
	assert_int_equal(canvas__put(&c, 3, 0, -1, STYLE_PLAIN, "x"), 0);
	assert_int_equal(canvas__put(&c, -1, 0, -1, STYLE_PLAIN, "x"), 0);
	assert_int_equal(canvas__put(&c, 0, 10, -1, STYLE_PLAIN, "x"), 0);
	assert_int_equal(canvas__put(&c, 0, 0, 0, STYLE_PLAIN, "x"), 0);
	canvas__paint(&c, 5, 0, -1, STYLE_CURSOR);
	canvas__paint(&c, 0, 8, 100, STYLE_CURSOR);
	canvas__done(&c);
}

static void wide_characters_take_two(void **state)
{
	struct canvas c;

	(void)state;
	assert_int_equal(canvas__width("日本"), 4);
	assert_int_equal(canvas__width("e\xcc\x81"), 1);
	assert_int_equal(canvas__init(&c, 1, 6, false), 0);
	assert_int_equal(canvas__put(&c, 0, 0, -1, STYLE_PLAIN, "日本語"), 6);
	check_row(&c, 0, "日本語");
	canvas__clear(&c);
	/* Half a character is never shown. */
	assert_int_equal(canvas__put(&c, 0, 0, 4, STYLE_PLAIN, "日本語"), 3);
	check_row(&c, 0, "日…");
	canvas__clear(&c);
	canvas__put(&c, 0, 0, -1, STYLE_PLAIN, "e\xcc\x81x");
	check_row(&c, 0, "e\xcc\x81x");
	canvas__done(&c);
}

static void nothing_harmful_gets_in(void **state)
{
	struct canvas c;

	(void)state;
	assert_int_equal(canvas__init(&c, 1, 20, false), 0);
	canvas__put(&c, 0, 0, -1, STYLE_PLAIN, "a\x1b[2J\nb\xff\xc2\x9b");
	check_row(&c, 0, "a?[2J?b??");
	canvas__done(&c);
}

static void ascii_is_all_there_is(void **state)
{
	struct canvas c;

	(void)state;
	assert_int_equal(canvas__init(&c, 1, 20, true), 0);
	canvas__put(&c, 0, 0, -1, STYLE_PLAIN, "█▁▸▾│…日é\xcc\x81");
	for (int i = 0; i < c.cols; i++) {
		assert_true(c.cell[i].ch[0] >= ' ' && c.cell[i].ch[0] < 0x7f);
		assert_true(!c.cell[i].ch[1]);
	}
	check_row(&c, 0, "#_+-|~? ?");
	canvas__done(&c);
}

static void rows_are_copied(void **state)
{
	struct canvas a, b;

	(void)state;
	assert_int_equal(canvas__init(&a, 2, 5, false), 0);
	assert_int_equal(canvas__init(&b, 3, 5, false), 0);
	canvas__put(&b, 1, 0, -1, STYLE_PLAIN, "one");
	canvas__put(&b, 2, 0, -1, STYLE_PLAIN, "two");
	canvas__copy(&a, 0, 5, &b, 1);
	check_row(&a, 0, "one");
	check_row(&a, 1, "two");
	canvas__done(&a);
	canvas__done(&b);
}

static void sizes_have_limits(void **state)
{
	struct canvas c;

	(void)state;
	assert_int_equal(canvas__init(&c, 0, -3, false), 0);
	assert_int_equal(c.rows, 1);
	assert_int_equal(c.cols, 1);
	canvas__put(&c, 0, 0, -1, STYLE_PLAIN, "日");
	check_row(&c, 0, "…");
	canvas__done(&c);
}

static void check_spark(const double *v, size_t cnt, size_t width, bool zero, const char *want)
{
	_cleanup_text_ struct text t = {};

	series__spark(v, cnt, width, zero, &t);
	assert_string_equal(text__str(&t), want);
}

static void sparklines(void **state)
{
	const double v[] = {1, 2, 3, 8};

	(void)state;
	check_spark(v, 4, 4, false, "▁▂▃█");
	check_spark(v, 4, 6, false, "  ▁▂▃█");
	check_spark(v, 4, 2, false, "▁█");
	check_spark(v, 1, 2, true, " █");
	check_spark(v, 0, 2, true, "  ");
}

static void check_bar(double ratio, size_t width, const char *want)
{
	_cleanup_text_ struct text t = {};

	series__bar(ratio, width, &t);
	assert_string_equal(text__str(&t), want);
}

static void bars(void **state)
{
	(void)state;
	check_bar(0, 4, "····");
	check_bar(0.5, 4, "██··");
	check_bar(1, 4, "████");
	check_bar(17, 4, "████");
	check_bar(-1, 2, "··");
	check_bar(0.0 / 0.0, 2, "··");
	check_bar(0.375, 2, "▊·");
}

static void plots(void **state)
{
	const struct series_point p[] = {
		{0, 0, 0, 0}, {1000000000, 5, 5, 0}, {2000000000, 10, 10, 0}};
	_cleanup_text_ struct text t = {};
	int lines = 0;

	(void)state;
	series__plot(p, 3, 3, 12, &t);
	assert_string_equal(text__str(&t), "10 │       █\n"
					   " 0 │   █████\n"
					   "    2s ago now\n");
	text__clear(&t);
	/* Nothing to show, or no room for it. */
	series__plot(p, 1, 5, 40, &t);
	series__plot(p, 3, 2, 40, &t);
	series__plot(p, 3, 5, 10, &t);
	assert_int_equal(t.len, 0);
	series__plot((struct series_point[]){{5, INT64_MAX, INT64_MAX, 0},
					     {INT64_MIN, INT64_MIN, INT64_MAX, 0}},
		     2, 4, 100000, &t);
	for (const char *s = text__str(&t); *s; s++)
		lines += *s == '\n';
	assert_int_equal(lines, 4);
}

static int set_utf8(void **state)
{
	(void)state;
	return !setlocale(LC_CTYPE, "C.UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut),
		cmocka_unit_test(wide_characters_take_two),
		cmocka_unit_test(nothing_harmful_gets_in),
		cmocka_unit_test(ascii_is_all_there_is),
		cmocka_unit_test(rows_are_copied),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(sparklines),
		cmocka_unit_test(bars),
		cmocka_unit_test(plots),
	};

	return cmocka_run_group_tests(tests, set_utf8, NULL);
}
