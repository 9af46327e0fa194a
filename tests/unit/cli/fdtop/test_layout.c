// links: cli/fdtop/model/*.c cli/columns.c cli/cells.c cli/text.c cli/human.c cli/rows.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the list: flat, in groups, as a tree; what is folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fdtop/model/layout.h"
#include "fdtop/model/value.h"

struct fixture {
	struct procs procs;
	struct layout layout;
	struct settings settings;
	struct layout_wish wish;
};

static void begin(struct fixture *f, const char *rows)
{
	_cleanup_text_ struct text body = {};
	struct proc_list *list;

	memset(f, 0, sizeof(*f));
	settings__init(&f->settings);
	f->wish = (struct layout_wish){&f->settings, "", false};
	text__addf(&body, "{\"generated_ns\":1,\"total\":0,\"processes\":[%s]}", rows);
	assert_int_equal(proc_list__parse(text__str(&body), body.len, &list), 0);
	assert_int_equal(procs__apply(&f->procs, list), 0);
	proc_list__free(list);
}

static void end(struct fixture *f)
{
	layout__done(&f->layout);
	procs__done(&f->procs);
}

/* "5 6 >7 >>8": pids with their depth; a group is its key, folded ones have a "+". */
static void check(struct fixture *f, const char *want)
{
	_cleanup_text_ struct text got = {};

	assert_int_equal(layout__build(&f->layout, &f->procs, &f->wish), 0);
	for (size_t i = 0; i < f->layout.cnt; i++) {
		const struct line *l = &f->layout.line[i];

		text__add(&got, i ? " " : "");
		for (int d = 0; d < l->depth; d++)
			text__add(&got, ">");
		if (l->is_group)
			text__addf(&got, "%s(%zu)", proc__text(l->proc, PROC_COMM),
				   l->proc->member_cnt);
		else
			text__addf(&got, "%d", l->proc->id.pid);
		text__add(&got, l->folded ? "+" : "");
	}
	assert_string_equal(text__str(&got), want);
}

static const char *const family =
	"{\"pid\":1,\"ppid\":0,\"allocated\":9,\"exe\":\"/init\",\"table\":1},"
	"{\"pid\":2,\"ppid\":1,\"allocated\":3,\"exe\":\"/sh\",\"table\":2},"
	"{\"pid\":3,\"ppid\":1,\"allocated\":4,\"exe\":\"/sh\",\"table\":3},"
	"{\"pid\":4,\"ppid\":2,\"allocated\":5,\"exe\":\"/x\",\"table\":4,"
	"\"failures\":2},"
	"{\"pid\":5,\"ppid\":77,\"allocated\":1,\"table\":4}";

static void flat_lists_are_sorted(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, family);
	check(&f, "1 4 3 2 5");
	f.settings.reverse = true;
	check(&f, "5 2 3 4 1");
	f.settings.reverse = false;
	f.settings.sort = FIELD_PID;
	check(&f, "1 2 3 4 5");
	f.wish.failing = true;
	check(&f, "4");
	f.wish.failing = false;
	f.wish.filter = "/sh";
	check(&f, "2 3");
	assert_int_equal(f.layout.match_cnt, 2);
	f.wish.filter = "nobody";
	check(&f, "");
	end(&f);
}

static void trees_have_children_below(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, family);
	f.settings.tree = true;
	check(&f, "1 >3 >2 >>4 5");
	assert_true(f.layout.line[1].rails & 2);
	assert_false(f.layout.line[2].rails & 2);
	assert_int_equal(layout__flip(&f.layout, &f.layout.line[2], FDS_BY_PROCESS), 0);
	check(&f, "1 >3 >2+ 5");
	assert_int_equal(layout__flip(&f.layout, &f.layout.line[2], FDS_BY_PROCESS), 0);
	check(&f, "1 >3 >2 >>4 5");
	layout__flip_all(&f.layout);
	check(&f, "1+ 5");
	layout__unflip(&f.layout);
	/* Of what is filtered away the children are shown at the top. */
	f.wish.filter = "!/init";
	check(&f, "3 2 >4 5");
	end(&f);
}

static void circles_end(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "{\"pid\":1,\"ppid\":2,\"allocated\":3},{\"pid\":2,\"ppid\":1,\"allocated\":2},"
		  "{\"pid\":3,\"ppid\":3,\"allocated\":1}");
	f.settings.tree = true;
	check(&f, "3 1 2");
	end(&f);
}

static void deep_trees_are_walked(void **state)
{
	_cleanup_text_ struct text rows = {};
	struct fixture f;

	(void)state;
	for (int pid = 1; pid <= 5000; pid++)
		text__addf(&rows, "%s{\"pid\":%d,\"ppid\":%d,\"allocated\":1}", pid > 1 ? "," : "",
			   pid, pid - 1);
	begin(&f, text__str(&rows));
	f.settings.tree = true;
	assert_int_equal(layout__build(&f.layout, &f.procs, &f.wish), 0);
	assert_int_equal(f.layout.cnt, 5000);
	assert_int_equal(f.layout.line[4999].depth, 4999);
	assert_int_equal(layout__flip(&f.layout, &f.layout.line[0], FDS_BY_PROCESS), 0);
	assert_int_equal(layout__build(&f.layout, &f.procs, &f.wish), 0);
	assert_int_equal(f.layout.cnt, 1);
	end(&f);
}

static void groups_are_folded_at_first(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, family);
	f.settings.group = FDS_BY_EXE;
	check(&f, "/init(1)+ /sh(2)+ /x(1)+ (none)(1)+");
	assert_int_equal(f.layout.line[1].proc->allocated, 7);
	assert_int_equal(f.layout.line[2].proc->failures, 2);
	assert_true(f.layout.line[0].proc->failures == VALUE_UNKNOWN);
	assert_int_equal(layout__flip(&f.layout, &f.layout.line[1], FDS_BY_EXE), 0);
	check(&f, "/init(1)+ /sh(2) >3 >2 /x(1)+ (none)(1)+");
	layout__flip_all(&f.layout);
	check(&f, "/init(1) >1 /sh(2) >3 >2 /x(1) >4 (none)(1) >5");
	end(&f);
}

static void shared_tables_count_once(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "{\"pid\":1,\"exe\":\"/a\",\"allocated\":10,\"table\":7,\"opens\":5},"
		  "{\"pid\":2,\"exe\":\"/a\",\"allocated\":10,\"table\":7,\"opens\":5},"
		  "{\"pid\":3,\"exe\":\"/a\",\"allocated\":2,\"table\":8,\"used_ratio\":0.5},"
		  "{\"pid\":4,\"exe\":\"/a\",\"allocated\":0,\"table\":null}");
	f.settings.group = FDS_BY_EXE;
	check(&f, "/a(4)+");
	assert_int_equal(f.layout.line[0].proc->allocated, 12);
	assert_int_equal(f.layout.line[0].proc->opens, 5);
	assert_true(f.layout.line[0].proc->used == 0.5);
	end(&f);
}

static void settings_survive(void **state)
{
	_cleanup_text_ struct text text = {};
	struct settings a, b;

	(void)state;
	settings__init(&a);
	settings__init(&b);
	a.sort = FIELD_GROWTH;
	a.reverse = true;
	a.group = FDS_BY_UNIT;
	a.interval_ms = 5000;
	a.cost = true;
	a.mouse = false;
	settings__format(&a, &text);
	settings__parse(&b, text__str(&text));
	assert_memory_equal(&a, &b, sizeof(a));
	/* What is not understood changes nothing. */
	settings__parse(&b, "sort = x\ninterval_ms = 1\ninterval_ms = 99999999\n"
			    "group = planet\nnonsense\n = \nfuture = yes\nsort\n");
	assert_memory_equal(&a, &b, sizeof(a));
	settings__parse(&b, "tree = yes");
	assert_int_equal(b.group, FDS_BY_PROCESS);
}

static void intervals_have_ends(void **state)
{
	(void)state;
	assert_int_equal(settings__next_interval(1000, true), 2000);
	assert_int_equal(settings__next_interval(1000, false), 500);
	assert_int_equal(settings__next_interval(1500, true), 2000);
	assert_int_equal(settings__next_interval(60000, true), 60000);
	assert_int_equal(settings__next_interval(200, false), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat_lists_are_sorted),
		cmocka_unit_test(trees_have_children_below),
		cmocka_unit_test(circles_end),
		cmocka_unit_test(deep_trees_are_walked),
		cmocka_unit_test(groups_are_folded_at_first),
		cmocka_unit_test(shared_tables_count_once),
		cmocka_unit_test(settings_survive),
		cmocka_unit_test(intervals_have_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
