// links: cli/fdtop/model/*.c cli/fdtop/view/*.c cli/fdtop/state.c cli/fdtop/actions.c cli/fdtop/keys.c cli/fdtop/menu.c cli/columns.c cli/cells.c cli/text.c cli/human.c cli/rows.c cli/plot.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* All views at all sizes, and keys, without a terminal. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fdtop/actions.h"
#include "fdtop/view/view.h"

static void add_procs(struct state *s, int cnt, int total)
{
	_cleanup_text_ struct text body = {};
	struct proc_list *list;

	text__addf(&body, "{\"generated_ns\":1000,\"total\":%d,\"processes\":[", total);
	for (int pid = 1; pid <= cnt; pid++)
		text__addf(&body,
			   "%s{\"pid\":%d,\"ppid\":%d,\"allocated\":%d,\"soft_limit\":%d,"
			   "\"used_ratio\":%f,\"comm\":\"proc%d\",\"cmdline\":\"日本 proc%d\","
			   "\"unit\":\"u%d.service\",\"exe\":\"/bin/p%d\",\"failures\":%d,"
			   "\"table\":%d,\"uid\":0,\"growth_per_s\":%d,\"exhaustion_s\":12}",
			   pid > 1 ? "," : "", pid, pid / 2, cnt - pid, cnt, 1.2 - pid / 100.0, pid,
			   pid, pid % 3, pid % 3, pid % 2, pid, pid);
	text__add(&body, "]}");
	assert_int_equal(proc_list__parse(text__str(&body), body.len, &list), 0);
	assert_int_equal(procs__apply(&s->procs, list), 0);
	proc_list__free(list);
	state__layout(s);
}

static void add_detail(struct state *s)
{
	static const char sheet[] =
		"{\"generated_ns\":9,\"pid\":5,\"comm\":\"proc5\",\"allocated\":7,\"soft_limit\":9,"
		"\"used_ratio\":0.9,\"kinds\":{\"tcp\":2,\"file\":7},"
		"\"history\":[[1,2],[1000000000,4]]}";
	static const char files[] =
		"{\"files\":[{\"fd\":0,\"kind\":\"char\",\"name\":\"/dev/null\","
		"\"shared_with\":[{\"pid\":8,\"fd\":3,\"comm\":\"sh\"}]},"
		"{\"fd\":1,\"kind\":\"file\",\"name\":\"/var/log/日本\"}]}";

	assert_int_equal(sheet__parse(sheet, strlen(sheet), &s->sheet), 0);
	assert_int_equal(holdings__parse(files, strlen(files), &s->holdings), 0);
}

static struct state *make(int cnt, int total)
{
	struct state *s = malloc(sizeof(*s));

	assert_non_null(s);
	state__init(s);
	add_procs(s, cnt, total);
	return s;
}

static void unmake(struct state *s)
{
	state__done(s);
	free(s);
}

static void press(struct state *s, int32_t code)
{
	actions__key(s, (struct key){.code = code});
}

static void type(struct state *s, const char *keys)
{
	for (; *keys; keys++)
		press(s, *keys);
}

static void draw(struct state *s, int rows, int cols)
{
	struct canvas c;

	assert_int_equal(canvas__init(&c, rows, cols, false), 0);
	view__draw(s, &c);
	canvas__done(&c);
}

/* Whether a row of the screen holds a text. */
static bool shows(struct state *s, const char *want)
{
	struct canvas c;
	bool found = false;

	assert_int_equal(canvas__init(&c, 24, 100, false), 0);
	view__draw(s, &c);
	for (int row = 0; row < c.rows; row++) {
		_cleanup_text_ struct text t = {};

		canvas__add_row(&c, row, &t);
		found |= strstr(text__str(&t), want) != NULL;
	}
	canvas__done(&c);
	return found;
}

static void every_view_at_every_size(void **state)
{
	static const int sizes[] = {1, 2, 3, 4, 5, 7, 9, 12, 20, 24, 40, 60, 80, 120, 200};
	struct state *s = make(50, 50);

	(void)state;
	add_detail(s);
	s->help = view__help();
	assert_non_null(s->help);
	for (enum view_id view = VIEW_MAIN; view <= VIEW_HELP; view++) {
		for (size_t i = 0; i < 15 * 15; i++) {
			s->view = view;
			s->page = i % PAGE_CNT;
			s->menu = i % 3;
			s->input = i % 4 == 3 ? INPUT_FILTER : INPUT_NONE;
			s->settings.cost = i % 2;
			s->down = i % 5 == 4;
			s->settings.tree = i % 7 == 3;
			state__layout(s);
			draw(s, sizes[i / 15], sizes[i % 15]);
		}
	}
	unmake(s);
}

static void keys_do_not_clash(void **state)
{
	(void)state;
	for (unsigned view = VIEW_MAIN; view <= VIEW_HELP; view++) {
		for (size_t i = 0; i < keys__binding_cnt; i++) {
			const struct binding *b = &keys__bindings[i];

			for (size_t k = 0; k < 4; k++)
				if (b->key[k] && (b->views & 1u << view))
					assert_int_equal(keys__find(b->key[k], view), b->action);
		}
	}
}

/* Any keys in any order: nothing may be drawn from beyond an end. */
static void random_keys(void **state)
{
	static const int32_t keys[] = {
		KEYS_UP,   KEYS_DOWN,	  KEYS_LEFT,   KEYS_RIGHT,  KEYS_PAGE_UP, KEYS_PAGE_DOWN,
		KEYS_HOME, KEYS_END,	  KEYS_TAB,    KEYS_ENTER,  KEYS_ESC,	  KEYS_BACKSPACE,
		' ',	   '*',		  't',	       'b',	    's',	  'I',
		'<',	   '>',		  '/',	       '\\',	    'p',	  '1',
		'x',	   'F',		  'Z',	       '+',	    '-',	  'e',
		'i',	   'c',		  'l',	       'n',	    'N',	  '?',
		'h',	   KEYS_BACK_TAB, KEYS_CTRL_U, KEYS_CTRL_D, 0xe9,	  0x65e5,
	};
	struct state *s = make(40, 60);

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		if (rand() % 20 == 0)
			actions__key(s, (struct key){KEYS_CLICK, rand() % 30, rand() % 100});
		else
			press(s, keys[(size_t)rand() % (sizeof(keys) / sizeof(keys[0]))]);
		if (s->view == VIEW_DETAIL && !s->sheet && rand() % 2)
			add_detail(s);
		if (rand() % 50 == 0)
			add_procs(s, rand() % 60, rand() % 80);
		if (rand() % 5 == 0)
			draw(s, 1 + rand() % 40, 1 + rand() % 150);
	}
	unmake(s);
}

static void the_window_is_as_small_as_can_be(void **state)
{
	struct state *s = make(64, 1000);

	(void)state;
	draw(s, 24, 80);
	assert_int_equal(state__wanted_rows(s), 64);
	s->main.top = 60;
	assert_int_equal(state__wanted_rows(s), 128);
	s->settings.sort = FIELD_PID;
	assert_int_equal(state__wanted_rows(s), 0);
	s->settings.sort = FIELD_FDS;
	s->frozen = true;
	assert_int_equal(state__wanted_rows(s), 0);
	s->frozen = false;
	strcpy(s->filter, "x");
	assert_int_equal(state__wanted_rows(s), 0);
	unmake(s);
}

static void typing_filters(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	press(s, '\\');
	type(s, "proc7");
	assert_int_equal(s->layout.cnt, 1);
	assert_true(shows(s, "Filter: proc7"));
	press(s, KEYS_BACKSPACE);
	assert_int_equal(s->layout.cnt, 20);
	press(s, 0x65e5);
	assert_string_equal(s->filter, "proc日");
	press(s, KEYS_BACKSPACE);
	assert_string_equal(s->filter, "proc");
	press(s, KEYS_ESC);
	assert_string_equal(s->filter, "");
	/* More than there is room for stays away. */
	press(s, '\\');
	for (int i = 0; i < 500; i++)
		press(s, 'x');
	assert_int_equal(strlen(s->filter), FILTER_MAX - 1);
	unmake(s);
}

static void search_goes_round(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	draw(s, 40, 100);
	press(s, '/');
	type(s, "proc1");
	press(s, KEYS_ENTER);
	assert_int_equal(state__selected(s)->id.pid, 1);
	press(s, 'n');
	assert_int_equal(state__selected(s)->id.pid, 10);
	press(s, 'N');
	press(s, 'N');
	assert_int_equal(state__selected(s)->id.pid, 19);
	press(s, '/');
	type(s, "nobody");
	press(s, KEYS_ENTER);
	assert_true(shows(s, "Not found."));
	unmake(s);
}

static void esc_brings_the_cursor_back(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	draw(s, 24, 100);
	type(s, "jjjjj");
	press(s, '/');
	type(s, "proc17");
	assert_int_equal(state__selected(s)->id.pid, 17);
	press(s, KEYS_ESC);
	assert_int_equal(state__selected(s)->id.pid, 6);
	press(s, '\\');
	type(s, "proc17");
	press(s, KEYS_ESC);
	assert_int_equal(state__selected(s)->id.pid, 6);
	unmake(s);
}

static void an_empty_search_is_the_last_one(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	draw(s, 24, 100);
	press(s, '/');
	type(s, "proc1");
	press(s, KEYS_ENTER);
	assert_int_equal(state__selected(s)->id.pid, 1);
	press(s, '/');
	press(s, KEYS_ENTER);
	assert_int_equal(state__selected(s)->id.pid, 10);
	press(s, 'n');
	assert_int_equal(state__selected(s)->id.pid, 11);
	unmake(s);
}

static void the_cursor_follows(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	draw(s, 40, 100);
	press(s, KEYS_DOWN);
	press(s, 'F');
	assert_int_equal(s->followed.pid, 2);
	press(s, 'I');
	assert_int_equal(state__selected(s)->id.pid, 2);
	assert_true(shows(s, "FOLLOWING"));
	add_procs(s, 1, 1);
	assert_false(s->following);
	unmake(s);
}

static void enter_opens_and_q_goes_back(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	draw(s, 40, 100);
	press(s, KEYS_ENTER);
	assert_int_equal(s->view, VIEW_DETAIL);
	assert_int_equal(s->detail_pid, 1);
	assert_true(shows(s, "Descriptors -   Shared with -   Refused calls -"));
	add_detail(s);
	press(s, KEYS_TAB);
	assert_true(shows(s, "/dev/null"));
	/* To those who share the descriptor, and on to them. */
	press(s, KEYS_ENTER);
	assert_int_equal(s->page, PAGE_SHARED);
	assert_true(shows(s, "sh[8]"));
	press(s, KEYS_ENTER);
	assert_int_equal(s->detail_pid, 8);
	assert_int_equal(s->page, PAGE_FILES);
	assert_int_equal(s->wanted_fd, 3);
	press(s, 'q');
	assert_int_equal(s->detail_pid, 1);
	assert_int_equal(s->page, PAGE_SHARED);
	press(s, 'q');
	assert_int_equal(s->view, VIEW_MAIN);
	assert_int_equal(actions__key(s, (struct key){.code = 'q'}), REACT_QUIT);
	unmake(s);
}

static void refused_calls_are_counted(void **state)
{
	static const char sheet[] = "{\"generated_ns\":9,\"pid\":1,\"failures\":485}";
	static const char body[] = "{\"failures\":[{\"pid\":1,\"count\":12},{\"pid\":1}]}";
	struct state *s = make(20, 20);

	(void)state;
	press(s, KEYS_ENTER);
	s->page = PAGE_FAILURES;
	assert_int_equal(sheet__parse(sheet, strlen(sheet), &s->sheet), 0);
	assert_true(shows(s, "Refused calls 485"));
	assert_int_equal(grid__parse(body, strlen(body),
				     &(struct grid_source){.array = "failures",
							   .set = &columns__failure,
							   .id_key = "count"},
				     &s->failures),
			 0);
	assert_true(shows(s, "Refused calls 485"));
	assert_true(shows(s, "13 of 485 are kept."));
	unmake(s);
}

static void menus_are_not_cut(void **state)
{
	struct state *s = make(2, 2);

	(void)state;
	press(s, 's');
	assert_true(shows(s, " Sort by "));
	assert_false(shows(s, "…"));
	unmake(s);
}

static void the_shared_descriptor_is_found(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	actions__open(s, 5, PAGE_FILES);
	s->wanted_fd = 1;
	state__find_fd(s);
	assert_int_equal(s->wanted_fd, 1);
	add_detail(s);
	state__find_fd(s);
	assert_int_equal(s->page_place[PAGE_FILES].at, 1);
	assert_int_equal(s->wanted_fd, -1);
	unmake(s);
}

static void an_incident_is_left_for_where_one_came_from(void **state)
{
	static const char event[] = "{\"type\":\"alert\",\"time_ns\":5,\"pid\":7,\"id\":3}";
	static const char incident[] = "{\"id\":3,\"pid\":7,\"black_box\":{\"kinds\":{\"tcp\":5}}}";
	struct state *s = make(20, 20);

	(void)state;
	press(s, 'e');
	assert_true(events__add_line(&s->news, event, strlen(event)));
	s->news->row[0].id = 3;
	press(s, KEYS_ENTER);
	assert_int_equal(s->view, VIEW_CASE);
	assert_int_equal(s->case_id, 3);
	assert_int_equal(doc__parse_incident(incident, strlen(incident), &s->one_case), 0);
	draw(s, 3, 40);
	press(s, KEYS_DOWN);
	draw(s, 3, 40);
	assert_int_equal(s->doc.at, 1);
	press(s, '?');
	press(s, 'q');
	press(s, KEYS_ENTER);
	assert_int_equal(s->detail_pid, 7);
	press(s, 'q');
	assert_int_equal(s->view, VIEW_CASE);
	assert_int_equal(s->doc.at, 1);
	assert_non_null(s->one_case);
	press(s, 'q');
	assert_int_equal(s->view, VIEW_EVENTS);
	press(s, 'q');
	assert_int_equal(s->view, VIEW_MAIN);
	unmake(s);
}

static void one_goes_back_no_further_than_there_is_memory(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	for (int pid = 1; pid <= TRAIL_MAX + 3; pid++)
		actions__open(s, pid, PAGE_SHARED);
	for (int pid = TRAIL_MAX + 2; pid > 2; pid--) {
		press(s, 'q');
		assert_int_equal(s->detail_pid, pid);
	}
	press(s, 'q');
	assert_int_equal(s->view, VIEW_MAIN);
	unmake(s);
}

static void a_reason_is_wrapped(void **state)
{
	struct state s;

	(void)state;
	state__init(&s);
	s.down = true;
	snprintf(s.why, sizeof(s.why),
		 "no daemon at %.*s: start it with 'systemctl start fdscoped'", 70,
		 "/a/path/that/takes/the/whole/of/the/row/and/has/no/blank/at/all/in/it/");
	assert_true(shows(&s, "start fdscoped'"));
	for (int cols = 1; cols < 30; cols++)
		draw(&s, 20, cols);
	state__done(&s);
}

static void the_age_is_of_what_is_shown(void **state)
{
	struct state *s = make(2, 2);

	(void)state;
	assert_true(shows(s, " old"));
	press(s, 'e');
	assert_false(shows(s, " old"));
	press(s, 'q');
	press(s, KEYS_ENTER);
	assert_false(shows(s, " old"));
	add_detail(s);
	assert_true(shows(s, " old"));
	unmake(s);
}

static void cost_takes_no_row_away(void **state)
{
	struct state *s = make(2, 2);

	(void)state;
	press(s, 'c');
	assert_true(shows(s, "rows"));
	assert_true(shows(s, "alerts"));
	unmake(s);
}

static void a_click_on_a_heading_sorts(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	draw(s, 24, 100);
	actions__key(s, (struct key){KEYS_CLICK, s->list_top - 1, s->field_col[FIELD_PID]});
	assert_int_equal(s->settings.sort, FIELD_PID);
	actions__key(s, (struct key){KEYS_CLICK, s->list_top - 1, s->field_col[FIELD_PID]});
	assert_true(s->settings.reverse);
	actions__key(s, (struct key){KEYS_CLICK, s->list_top + 3, 5});
	assert_int_equal(s->main.at, 3);
	actions__key(s, (struct key){KEYS_CLICK, s->list_top + 3, 5});
	assert_int_equal(s->view, VIEW_DETAIL);
	unmake(s);
}

static void the_manual_has_all(void **state)
{
	FILE *f = fopen("cli/fdtop.1", "r"); /* tests run in the root of the tree */
	char *page = calloc(1, 1 << 16), want[64];

	(void)state;
	assert_non_null(f);
	assert_non_null(page);
	assert_true(fread(page, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	for (enum field_id id = 0; id < FIELD_CNT; id++) {
		snprintf(want, sizeof(want), ".It Cm %s\n", field__list[id].name);
		assert_non_null(strstr(page, want));
	}
	/* The first key of each: the list of keys begins with it, or goes on with it. */
	for (size_t i = 0; i < keys__binding_cnt; i++) {
		snprintf(want, sizeof(want), "%.*s", (int)strcspn(keys__bindings[i].keys, " "),
			 keys__bindings[i].keys);
		assert_non_null(strstr(strstr(page, ".Sh KEYS"), want));
	}
	free(page);
}

static void kernel_threads_are_hidden(void **state)
{
	struct state *s = make(20, 20);

	(void)state;
	s->procs.row[3]->kthread = true;
	press(s, 'K');
	assert_int_equal(s->layout.cnt, 19);
	assert_true(shows(s, "Kernel threads are hidden."));
	press(s, 'K');
	assert_int_equal(s->layout.cnt, 20);
	unmake(s);
}

static void any_column_sorts(void **state)
{
	struct state *s = make(3, 3);

	(void)state;
	s->procs.row[1]->kinds = strdup("tcp 9, pipe 1");
	s->procs.row[2]->kinds = strdup("tcp 10, pipe 1");
	for (enum field_id id = 0; id < FIELD_CNT; id++) {
		assert_non_null(field__list[id].compare);
		s->settings.sort = id;
		state__layout(s);
		assert_int_equal(s->layout.cnt, 3);
	}
	s->settings.sort = FIELD_KINDS;
	state__layout(s);
	assert_int_equal(s->layout.line[0].proc->id.pid, 3);
	assert_int_equal(s->layout.line[1].proc->id.pid, 2);
	assert_int_equal(field__guess("high"), FIELD_HIGHEST);
	assert_int_equal(field__guess("USED"), FIELD_USED);
	assert_int_equal(field__guess("u"), FIELD_CNT);
	assert_int_equal(field__guess(""), FIELD_CNT);
	unmake(s);
}

static int set_utf8(void **state)
{
	(void)state;
	return !setlocale(LC_CTYPE, "C.UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_view_at_every_size),
		cmocka_unit_test(keys_do_not_clash),
		cmocka_unit_test(random_keys),
		cmocka_unit_test(the_window_is_as_small_as_can_be),
		cmocka_unit_test(typing_filters),
		cmocka_unit_test(search_goes_round),
		cmocka_unit_test(esc_brings_the_cursor_back),
		cmocka_unit_test(an_empty_search_is_the_last_one),
		cmocka_unit_test(the_cursor_follows),
		cmocka_unit_test(enter_opens_and_q_goes_back),
		cmocka_unit_test(refused_calls_are_counted),
		cmocka_unit_test(menus_are_not_cut),
		cmocka_unit_test(the_shared_descriptor_is_found),
		cmocka_unit_test(an_incident_is_left_for_where_one_came_from),
		cmocka_unit_test(one_goes_back_no_further_than_there_is_memory),
		cmocka_unit_test(a_reason_is_wrapped),
		cmocka_unit_test(the_age_is_of_what_is_shown),
		cmocka_unit_test(cost_takes_no_row_away),
		cmocka_unit_test(a_click_on_a_heading_sorts),
		cmocka_unit_test(kernel_threads_are_hidden),
		cmocka_unit_test(any_column_sorts),
		cmocka_unit_test(the_manual_has_all),
	};

	return cmocka_run_group_tests(tests, set_utf8, NULL);
}
