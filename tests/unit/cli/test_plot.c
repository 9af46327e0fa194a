// links: cli/plot.c cli/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Curves as lines of text, compared with pictures. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "plot.h"

#define T0 1767225600 /* 2026-01-01 00:00:00 UTC */

static void check(const struct plot *p, const char *want)
{
	_cleanup_text_ struct text out = {};

	assert_int_equal(plot__draw(p, &out), 0);
	if (strcmp(text__str(&out), want))
		fail_msg("got:\n%swanted:\n%s", text__str(&out), want);
}

static void test_ramp(void **state)
{
	struct plot_point points[60];
	struct plot p = {points, 60, T0, T0 + 3600, PLOT_NO_LIMIT, 40, 8, true};

	(void)state;
	for (unsigned int i = 0; i < 60; i++)
		points[i] = (struct plot_point){T0 + 60 * i, 60, i, i};
	check(&p, "60 +                                ****\n"
		  "   |                         ********\n"
		  "40 +                  ********\n"
		  "20 +          ********\n"
		  "   |   ********\n"
		  " 0 +****\n"
		  "   ++-----------------+-----------------\n"
		  " Jan 01             00:30\n");
	p.ascii = false;
	check(&p, "60 ┤                              ⢀⣀⡤⠤⠖⠋\n"
		  "   │                        ⢀⣀⡤⠴⠒⠋⠉\n"
		  "40 ┤                  ⣀⣠⠤⠴⠚⠉⠉\n"
		  "20 ┤            ⣀⣠⠤⠒⠚⠉\n"
		  "   │      ⣀⡤⠤⠒⠋⠉\n"
		  " 0 ┤⣀⡤⠖⠒⠋⠉\n"
		  "   └┬─────────────────┬─────────────────\n"
		  " Jan 01             00:30\n");
}

static void test_limit(void **state)
{
	struct plot_point points[] = {{T0, 1800, 40, 60}, {T0 + 1800, 1800, 50, 50}};
	struct plot p = {points, 2, T0, T0 + 3600, 100, 40, 8, true};

	(void)state;
	check(&p, "100 +-----------------------------------\n"
		  "    |\n"
		  " 50 +***********************************\n"
		  "    |******************\n"
		  "    |\n"
		  "  0 +\n"
		  "    ++----------------+-----------------\n"
		  "  Jan 01            00:30\n");
	/* So far away that nothing could be seen of the curve. */
	p.limit = 1024;
	check(&p, "60 +******************\n"
		  "   |************************************\n"
		  "40 +******************\n"
		  "20 +\n"
		  "   |\n"
		  " 0 +\n"
		  "   ++-----------------+-----------------\n"
		  " Jan 01             00:30\n");
}

/* Nobody looked: a gap.  A jump: a line.  From zero, unless what moves would be flat. */
static void test_gaps_and_jumps(void **state)
{
	struct plot_point points[] = {{T0, 600, 1000, 1000},
				      {T0 + 600, 600, 1010, 1010},
				      {T0 + 2400, 600, 1002, 1004},
				      {T0 + 3000, 600, 1008, 1008}};
	struct plot p = {points, 4, T0, T0 + 3600, PLOT_NO_LIMIT, 40, 8, true};

	(void)state;
	check(&p, "1010 +     *******\n"
		  "     |     *                      ******\n"
		  "1005 +     *                      *\n"
		  "     |     *                *******\n"
		  "     |     *                *******\n"
		  "1000 +******\n"
		  "     ++----------------+----------------\n"
		  "   Jan 01            00:30\n");
}

static void test_times(void **state)
{
	struct plot_point point = {T0 - 86400, 3 * 86400, 7, 7};
	struct plot p = {&point, 1, T0 - 86400, T0 + 86400, PLOT_NO_LIMIT, 60, 5, true};

	(void)state;
	check(&p, "10 +\n"
		  " 5 +********************************************************\n"
		  " 0 +\n"
		  "   ++-------------+-------------+-------------+-------------\n"
		  " Dec 31         12:00        Jan 01         12:00\n");
	p.from_s = T0 + 3;
	p.to_s = T0 + 33;
	check(&p, "10 +\n"
		  " 5 +********************************************************\n"
		  " 0 +\n"
		  "   +-------------+-----------------+------------------+-----\n"
		  "             00:00:10          00:00:20           00:00:30\n");
	p.to_s = T0 + 30 * 86400;
	check(&p, "10 +\n"
		  " 5 +****\n"
		  " 0 +\n"
		  "   +---+--------------+--------------+--------------+-------\n"
		  "    Jan 03         Jan 11         Jan 19         Jan 27\n");
}

static void test_nothing(void **state)
{
	struct plot p = {NULL, 0, T0, T0 + 3600, PLOT_NO_LIMIT, 20, 4, true};

	(void)state;
	check(&p, "1 +\n"
		  "0 +\n"
		  "  ++----------------\n"
		  "Jan 01\n");
}

/* Whatever is asked for: so many lines, none wider than that, all of it UTF-8. */
static void test_sizes(void **state)
{
	struct plot_point points[50];

	(void)state;
	for (unsigned int i = 0; i < 50; i++)
		points[i] = (struct plot_point){T0 + 7 * i, 7, 1000000000ull * (i % 7),
						1000000000ull * (i % 11 + 7)};
	for (size_t width = 20; width <= 400; width += 19)
		for (size_t height = 4; height <= 100; height += 8) {
			struct plot p = {points,	50,    T0 + 3, T0 + 350,
					 5000000000ull, width, height, width % 2};
			_cleanup_text_ struct text out = {};
			size_t lines = 0, chars = 0;

			assert_int_equal(plot__draw(&p, &out), 0);
			for (const char *c = text__str(&out); *c; c++) {
				chars += (*c & 0xc0) != 0x80 && *c != '\n';
				if (*c != '\n')
					continue;
				assert_true(chars <= width);
				chars = 0;
				lines++;
			}
			assert_int_equal(lines, height);
			assert_true(mbstowcs(NULL, text__str(&out), 0) != (size_t)-1);
		}
}

static void test_refused(void **state)
{
	struct plot_point huge = {T0, 60, UINT64_MAX / 2, UINT64_MAX / 2};
	struct plot good = {&huge, 1, T0, T0 + 3600, PLOT_NO_LIMIT, 40, 8, true}, p;
	_cleanup_text_ struct text out = {};

	(void)state;
	assert_int_equal(plot__draw(&good, &out), 0);
	text__clear(&out);
	p = good, p.width = PLOT_WIDTH_MIN - 1;
	assert_int_equal(plot__draw(&p, &out), -EINVAL);
	p = good, p.width = PLOT_WIDTH_MAX + 1;
	assert_int_equal(plot__draw(&p, &out), -EINVAL);
	p = good, p.height = PLOT_HEIGHT_MIN - 1;
	assert_int_equal(plot__draw(&p, &out), -EINVAL);
	p = good, p.height = PLOT_HEIGHT_MAX + 1;
	assert_int_equal(plot__draw(&p, &out), -EINVAL);
	p = good, p.to_s = p.from_s;
	assert_int_equal(plot__draw(&p, &out), -EINVAL);
	/* Labels would leave no room for a curve. */
	p = good, p.width = PLOT_WIDTH_MIN;
	assert_int_equal(plot__draw(&p, &out), -EINVAL);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ramp),	       cmocka_unit_test(test_limit),
		cmocka_unit_test(test_gaps_and_jumps), cmocka_unit_test(test_times),
		cmocka_unit_test(test_nothing),	       cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_refused),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
