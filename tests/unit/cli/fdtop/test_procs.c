// links: cli/fdtop/model/proc.c cli/fdtop/model/scan.c cli/fdtop/model/procs.c cli/fdtop/model/value.c cli/fdtop/model/field.c cli/fdtop/model/filter.c cli/columns.c cli/cells.c cli/text.c cli/human.c cli/rows.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes from answers: what is parsed, what is remembered, order and filter. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fdtop/model/field.h"
#include "fdtop/model/filter.h"
#include "fdtop/model/procs.h"
#include "fdtop/model/value.h"

#define HEAD "{\"generated_ns\":7,\"tier\":\"sample\",\"total\":%d,\"processes\":["

static void apply(struct procs *ps, int total, const char *rows)
{
	_cleanup_text_ struct text body = {};
	struct proc_list *list;

	text__addf(&body, HEAD, total);
	text__add(&body, rows);
	text__add(&body, "]}");
	assert_int_equal(proc_list__parse(text__str(&body), body.len, &list), 0);
	assert_string_equal(list->tier, "sample");
	assert_int_equal(procs__apply(ps, list), 0);
	proc_list__free(list);
}

static const char *const one =
	"{\"pid\":5,\"tid\":5,\"ppid\":1,\"start_time_ns\":9,\"comm\":\"a\\u001bb\",\"table\":2,"
	"\"allocated\":10,\"highest\":9,\"peak\":11,\"soft_limit\":null,\"hard_limit\":64,"
	"\"used_ratio\":0.97,\"growth_per_s\":null,\"exhaustion_s\":null,\"failures\":null,"
	"\"uid\":0,\"unit\":\"x.service\",\"cmdline\":\"\",\"kthread\":false}";

static void a_process_is_parsed(void **state)
{
	struct procs ps = {};
	struct proc *p;
	struct text buf = {};

	(void)state;
	apply(&ps, 3, one);
	assert_int_equal(ps.row_cnt, 1);
	assert_false(procs__is_whole(&ps));
	p = procs__find_pid(&ps, 5);
	assert_non_null(p);
	assert_int_equal(p->allocated, 10);
	assert_true(p->soft == VALUE_UNLIMITED);
	assert_true(p->failures == VALUE_UNKNOWN);
	assert_true(isnan(p->growth));
	assert_int_equal(proc__level(p), 95);
	/* What could move a cursor is escaped, and a process without arguments has its name. */
	assert_string_equal(proc__command(p, &buf), "[a\\x1bb]");
	text__done(&buf);
	procs__done(&ps);
}

static void wrong_answers_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"processes\":{}}",
		"{\"total\":1,\"processes\":[1]}",
		"{\"total\":1,\"processes\":[{\"pid\":0}]}",
		"{\"total\":1,\"processes\":[{\"pid\":-5}]}",
		"{\"total\":1,\"processes\":[{\"pid\":99999999999}]}",
		"{\"total\":1,\"processes\":[{\"pid\":\"1\"}]}",
		"{\"total\":1,\"processes\":[{\"pid\":1}",
	};
	struct proc_list *list = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(proc_list__parse(bad[i], strlen(bad[i]), &list), -EBADMSG);
	assert_null(list);
}

static void types_that_are_wrong_are_not_known(void **state)
{
	struct procs ps = {};
	const struct proc *p;

	(void)state;
	apply(&ps, 0,
	      "{\"pid\":5,\"allocated\":\"many\",\"soft_limit\":[],\"used_ratio\":{},\"comm\":7}");
	p = procs__find_pid(&ps, 5);
	assert_true(p->allocated == VALUE_UNKNOWN);
	assert_true(p->soft == VALUE_UNKNOWN);
	assert_true(isnan(p->used));
	assert_string_equal(proc__text(p, PROC_COMM), "");
	/* Fewer in total than there are is no total. */
	assert_true(procs__is_whole(&ps));
	procs__done(&ps);
}

static void counts_are_remembered(void **state)
{
	struct procs ps = {};
	const struct proc *p;

	(void)state;
	for (int i = 0; i < PROC_TREND + 3; i++) {
		_cleanup_text_ struct text row = {};

		text__addf(&row, "{\"pid\":5,\"start_time_ns\":9,\"allocated\":%d}", i);
		apply(&ps, 1, text__str(&row));
	}
	p = procs__find_pid(&ps, 5);
	assert_int_equal(p->trend_cnt, PROC_TREND);
	assert_true(p->trend[0] == 3);
	assert_true(p->trend[PROC_TREND - 1] == PROC_TREND + 2);
	/* Another process with the same pid begins anew. */
	apply(&ps, 1, "{\"pid\":5,\"start_time_ns\":10,\"allocated\":1}");
	assert_int_equal(procs__find_pid(&ps, 5)->trend_cnt, 1);
	assert_int_equal(HASH_COUNT(ps.by_id), 1);
	procs__done(&ps);
}

static void those_out_of_sight_are_kept_for_a_while(void **state)
{
	struct procs ps = {};

	(void)state;
	apply(&ps, 9, "{\"pid\":5,\"allocated\":1}");
	for (int i = 0; i < PROCS_KEEP; i++)
		apply(&ps, 9, "{\"pid\":6,\"allocated\":1}");
	assert_int_equal(HASH_COUNT(ps.by_id), 2);
	apply(&ps, 9, "{\"pid\":6,\"allocated\":1}");
	assert_int_equal(HASH_COUNT(ps.by_id), 1);
	procs__done(&ps);
}

static void twice_in_an_answer_counts_once(void **state)
{
	struct procs ps = {};

	(void)state;
	apply(&ps, 2, "{\"pid\":5,\"allocated\":1},{\"pid\":5,\"allocated\":2}");
	assert_int_equal(ps.row_cnt, 1);
	assert_int_equal(ps.row[0]->allocated, 1);
	procs__done(&ps);
}

static void order_has_the_unknown_last(void **state)
{
	struct procs ps = {};
	const struct proc *a, *b, *c;

	(void)state;
	apply(&ps, 3,
	      "{\"pid\":1,\"allocated\":5,\"growth_per_s\":1},"
	      "{\"pid\":2,\"allocated\":7,\"growth_per_s\":null},"
	      "{\"pid\":3,\"allocated\":5,\"growth_per_s\":-1}");
	a = procs__find_pid(&ps, 1);
	b = procs__find_pid(&ps, 2);
	c = procs__find_pid(&ps, 3);
	assert_true(field__order(FIELD_FDS, false, b, a) < 0);
	assert_true(field__order(FIELD_FDS, true, b, a) > 0);
	assert_true(field__order(FIELD_FDS, false, a, c) < 0);
	assert_true(field__order(FIELD_GROWTH, false, a, c) < 0);
	assert_true(field__order(FIELD_GROWTH, false, c, b) < 0);
	assert_true(field__order(FIELD_GROWTH, true, c, b) < 0);
	assert_true(field__order(FIELD_GROWTH, true, c, a) < 0);
	assert_true(field__order(FIELD_PID, false, a, b) < 0);
	procs__done(&ps);
}

static void fields_have_room_for_their_headings(void **state)
{
	(void)state;
	for (enum field_id id = 0; id < FIELD_CNT; id++) {
		assert_true((int)strlen(field__list[id].heading) <= field__list[id].min_width);
		assert_int_equal(field__find(field__list[id].name), id);
		assert_true(!field__list[id].compare == !field__list[id].is_known);
	}
	assert_int_equal(field__find("nonsense"), FIELD_CNT);
}

static void check_left(double seconds, const char *want)
{
	_cleanup_text_ struct text t = {};

	field__list[FIELD_LEFT].format(&(struct proc){.exhaustion = seconds}, &t);
	assert_string_equal(text__str(&t), want);
	assert_true((int)t.len <= field__list[FIELD_LEFT].min_width);
}

static void time_left_is_short(void **state)
{
	(void)state;
	check_left(0, "now");
	check_left(1e-9, "now");
	check_left(79, "1m19s");
	check_left(29.99 * 86400, "29d23h");
	check_left(400.0 * 86400, ">30d");
	check_left(1e300, ">30d");
}

static void filters_match(void **state)
{
	struct procs ps = {};
	const struct proc *p;

	(void)state;
	apply(&ps, 1,
	      "{\"pid\":4711,\"uid\":0,\"comm\":\"nginx\",\"unit\":\"nginx.service\","
	      "\"cmdline\":\"nginx: Worker\"}");
	p = procs__find_pid(&ps, 4711);
	assert_true(filter__match("", p));
	assert_true(filter__match("  ", p));
	assert_true(filter__match("worker", p));
	assert_true(filter__match("NGINX work", p));
	assert_false(filter__match("nginx apache", p));
	assert_true(filter__match("nginx !apache", p));
	assert_false(filter__match("!nginx", p));
	assert_true(filter__match("!", p));
	assert_true(filter__match("4711", p));
	assert_false(filter__match("471", p));
	assert_true(filter__match("unit:nginx*", p));
	assert_true(filter__match("unit:", p));
	assert_false(filter__match("unit:nginx", p));
	assert_false(filter__match("!unit:nginx.service", p));
	assert_false(filter__match("exe:*nginx", p));
	procs__done(&ps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_parsed),
		cmocka_unit_test(wrong_answers_are_refused),
		cmocka_unit_test(types_that_are_wrong_are_not_known),
		cmocka_unit_test(counts_are_remembered),
		cmocka_unit_test(those_out_of_sight_are_kept_for_a_while),
		cmocka_unit_test(twice_in_an_answer_counts_once),
		cmocka_unit_test(order_has_the_unknown_last),
		cmocka_unit_test(fields_have_room_for_their_headings),
		cmocka_unit_test(time_left_is_short),
		cmocka_unit_test(filters_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
