// links: cli/fdtop/model/*.c cli/columns.c cli/cells.c cli/text.c cli/human.c cli/rows.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* One process, its descriptors, events and incidents from answers. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fdtop/model/doc.h"
#include "fdtop/model/events.h"
#include "fdtop/model/holdings.h"
#include "fdtop/model/host.h"
#include "fdtop/model/sheet.h"
#include "fdtop/model/value.h"

static void a_sheet_is_parsed(void **state)
{
	static const char body[] =
		"{\"generated_ns\":9,\"pid\":5,\"ns_pid\":2,\"comm\":\"x\",\"threads\":3,"
		"\"room\":null,\"kinds\":{\"tcp\":2,\"file\":7,\"bad\":\"x\"},"
		"\"table_users\":[{\"pid\":6}],\"history\":[[1,2],[3,4],[5],\"x\",[7,\"y\"]]}";
	struct sheet *s;

	(void)state;
	assert_int_equal(sheet__parse(body, strlen(body), &s), 0);
	assert_true(s->room == VALUE_UNLIMITED);
	assert_int_equal(s->kind_cnt, 2);
	assert_string_equal(s->kind[0].name, "file");
	assert_int_equal(s->point_cnt, 2);
	assert_int_equal(s->point[1].max, 4);
	assert_int_equal(s->table_user_cnt, 1);
	sheet__free(s);
	assert_int_equal(sheet__parse("{}", 2, &s), -EBADMSG);
	assert_int_equal(sheet__parse("[]", 2, &s), -EBADMSG);
}

static void history_is_parsed(void **state)
{
	static const char body[] =
		"{\"points\":[{\"time_s\":10,\"step_s\":4,\"min\":1,\"max\":5},"
		"{\"time_s\":-1,\"step_s\":4,\"min\":1,\"max\":5},"
		"{\"time_s\":9223372036854775807,\"step_s\":4,\"min\":1,\"max\":5},"
		"{\"time_s\":14,\"step_s\":0,\"min\":1,\"max\":5},"
		"{\"time_s\":14,\"step_s\":4,\"min\":6,\"max\":5},"
		"{\"time_s\":14,\"step_s\":4,\"min\":2,\"max\":3}],\"more\":1}";
	struct sheet *s;

	(void)state;
	assert_int_equal(sheet__parse_history(body, strlen(body), &s), 0);
	assert_int_equal(s->point_cnt, 2);
	assert_true(s->point[0].time_ns == 10000000000);
	assert_int_equal(s->point[1].min, 2);
	sheet__free(s);
}

static const struct tally_entry *nth(const struct tally *t, size_t i)
{
	const struct tally_entry *e = t->entries;

	for (; e && i; i--)
		e = e->hh.next;
	return e;
}

static void holdings_are_counted(void **state)
{
	static const char body[] =
		"{\"files\":["
		"{\"fd\":0,\"kind\":\"char\",\"name\":\"/dev/null\",\"shared_with\":[]},"
		"{\"fd\":1,\"kind\":\"file\",\"name\":\"/var/log/a\",\"shared_with\":["
		"{\"pid\":7,\"fd\":3,\"comm\":\"sh\"},{\"pid\":7,\"fd\":4,\"comm\":\"sh\"},"
		"{\"pid\":8,\"fd\":3,\"comm\":\"e\\u001bx\"}]},"
		"{\"fd\":2,\"kind\":\"file\",\"name\":\"/var/log/a\",\"shared_with\":["
		"{\"pid\":7,\"fd\":3,\"comm\":\"sh\"}]},"
		"{\"fd\":3,\"kind\":\"tcp\",\"name\":\"10.0.0.1:443->10.0.0.2:3000\"},"
		"{\"fd\":4,\"kind\":\"tcp\",\"name\":\"socket:[77]\"},"
		"{\"fd\":5,\"kind\":\"unknown\",\"name\":null,\"error\":\"denied\"}]}";
	struct holdings *h;
	size_t len;
	const char *cell;

	(void)state;
	assert_int_equal(holdings__parse(body, strlen(body), &h), 0);
	assert_int_equal(h->files->cnt, 6);
	assert_string_equal(nth(&h->directories, 0)->name, "/var/log");
	assert_int_equal(nth(&h->directories, 0)->count, 2);
	assert_string_equal(nth(&h->directories, 1)->name, "/dev");
	assert_string_equal(nth(&h->targets, 0)->name, "/var/log/a");
	/* One that holds a description twice counts once. */
	assert_string_equal(nth(&h->peers, 0)->name, "sh[7]");
	assert_int_equal(nth(&h->peers, 0)->count, 2);
	assert_string_equal(nth(&h->peers, 1)->name, "e\\x1bx[8]");
	assert_string_equal(nth(&h->ports, 0)->name, "443");
	assert_string_equal(nth(&h->remotes, 0)->name, "10.0.0.2");
	assert_null(nth(&h->remotes, 1));
	assert_int_equal(h->files->row[1].pid, 7);
	assert_int_equal(h->files->row[3].pid, 0);
	assert_true(grid__contains(&h->files->row[5], "DENIED"));
	assert_false(grid__contains(&h->files->row[5], "socket"));
	cell = grid__cell(&h->files->row[4], 1, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(cell, "tcp", 3);
	grid__cell(&h->files->row[4], 99, &len);
	assert_int_equal(len, 0);
	holdings__free(h);
	assert_int_equal(holdings__parse("{\"files\":[7]}", 13, &h), -EBADMSG);
}

static void ends_are_counted(void **state)
{
	static const char body[] =
		"{\"files\":["
		"{\"fd\":0,\"kind\":\"tcp\",\"name\":\"socket:[1]\",\"detail\":{\"family\":\"inet\","
		"\"remote\":\"10.0.0.2:4000\",\"local_port\":443,\"remote_port\":4000}},"
		"{\"fd\":1,\"kind\":\"tcp\",\"name\":\"socket:[2]\",\"detail\":{"
		"\"remote\":\"[::1]:90\",\"local_port\":443,\"remote_port\":90}},"
		"{\"fd\":2,\"kind\":\"tcp\",\"name\":\"socket:[3]\",\"detail\":{\"remote\":null,"
		"\"local_port\":443,\"remote_port\":null,\"state\":\"LISTEN\"}},"
		"{\"fd\":3,\"kind\":\"tcp\",\"name\":\"socket:[4]\",\"detail\":{"
		"\"remote\":\"10.0.0.2:5432\",\"local_port\":50000,\"remote_port\":5432}},"
		"{\"fd\":4,\"kind\":\"unix\",\"name\":\"socket:[5]\",\"detail\":{\"peers\":["
		"{\"pid\":7,\"fd\":1,\"comm\":\"a\\u001b\"},{\"pid\":7,\"fd\":2,\"comm\":\"a\"}]}},"
		"{\"fd\":5,\"kind\":\"tcp\",\"name\":\"x\",\"detail\":{\"local_port\":\"y\","
		"\"remote_port\":99999999,\"peers\":[3,null],\"remote\":7}},"
		"{\"fd\":6,\"kind\":\"epoll\",\"name\":\"y\",\"detail\":null}]}";
	struct holdings *h;

	(void)state;
	assert_int_equal(holdings__parse(body, strlen(body), &h), 0);
	assert_string_equal(nth(&h->ports, 0)->name, "443 accepted");
	assert_int_equal(nth(&h->ports, 0)->count, 2);
	assert_string_equal(nth(&h->ports, 1)->name, "443 listening");
	assert_string_equal(nth(&h->ports, 2)->name, "5432 remote");
	assert_null(nth(&h->ports, 3));
	assert_string_equal(nth(&h->remotes, 0)->name, "10.0.0.2");
	assert_int_equal(nth(&h->remotes, 0)->count, 2);
	assert_string_equal(nth(&h->remotes, 1)->name, "::1");
	assert_string_equal(nth(&h->remotes, 2)->name, "a\\x1b[7]");
	assert_int_equal(nth(&h->remotes, 2)->count, 1);
	holdings__free(h);
}

static void hazards_are_of_one_process(void **state)
{
	static const char body[] =
		"{\"hazards\":[{\"pid\":5,\"comm\":\"x\",\"kind\":\"epoll-fork\",\"severity\":\"warn\","
		"\"first_ns\":1,\"last_ns\":2,\"time_ns\":2,\"count\":3,\"summary\":\"s\\n\"},"
		"{\"pid\":6,\"kind\":\"other\"}]}";
	struct grid *g;

	(void)state;
	assert_int_equal(grid__parse_hazards(body, strlen(body), 5, &g), 0);
	assert_int_equal(g->cnt, 1);
	assert_int_equal(g->row[0].level, 80);
	assert_true(grid__contains(&g->row[0], "epoll-fork"));
	assert_true(grid__contains(&g->row[0], "s\\x0a"));
	grid__free(g);
}

static void events_are_in_order_of_time(void **state)
{
	static const char late[] = "{\"type\":\"limit\",\"time_ns\":50,\"pid\":1,\"comm\":\"a\"}";
	static const char hello[] = "{\"type\":\"hello\",\"time_ns\":1,\"version\":\"0\"}";
	static const char failures[] =
		"{\"failures\":[{\"pid\":2,\"time_ns\":40,\"count\":3,\"error\":\"EMFILE\","
		"\"syscall\":\"openat\",\"cause\":\"nofile\",\"allocated\":9,\"soft_limit\":9},"
		"{\"pid\":2,\"time_ns\":60}]}";
	static const char incidents[] =
		"{\"incidents\":[{\"id\":4,\"pid\":2,\"time_ns\":10,\"cleared_ns\":55,"
		"\"step\":\"clear\",\"severity\":\"critical\",\"message\":\"m\"},"
		"{\"id\":3,\"time_ns\":null}]}";
	struct grid *news = NULL, *past;

	(void)state;
	assert_false(events__add_line(&news, hello, strlen(hello)));
	assert_null(news);
	assert_false(events__add_line(&news, "garbage", 7));
	assert_false(events__add_line(&news, "{}", 2));
	assert_true(events__add_line(&news, late, strlen(late)));
	assert_int_equal(events__parse_failures(failures, strlen(failures), &past), 0);
	assert_int_equal(events__merge(&news, past), 0);
	grid__free(past);
	assert_int_equal(events__parse_incidents(incidents, strlen(incidents), &past), 0);
	assert_int_equal(past->cnt, 1);
	assert_int_equal(events__merge(&news, past), 0);
	grid__free(past);
	assert_int_equal(news->cnt, 4);
	for (size_t i = 1; i < news->cnt; i++)
		assert_true(news->row[i - 1].time_ns <= news->row[i].time_ns);
	assert_true(grid__contains(&news->row[0], "EMFILE from openat: 9 of 9, and 2 more"));
	assert_int_equal(news->row[2].id, 4);
	assert_int_equal(news->row[0].level, 95);
	assert_int_equal(news->row[2].level, 0);
	grid__free(news);
}

static void events_are_not_kept_for_ever(void **state)
{
	struct grid *news = NULL;

	(void)state;
	for (int i = 0; i < EVENTS_MAX + 10; i++) {
		_cleanup_text_ struct text line = {};

		text__addf(&line, "{\"type\":\"exit\",\"time_ns\":%d,\"pid\":1}", i);
		assert_true(events__add_line(&news, text__str(&line), line.len));
	}
	assert_int_equal(news->cnt, EVENTS_MAX);
	assert_int_equal(news->row[0].time_ns, 10);
	grid__free(news);
}

static bool has_line(const struct doc *d, const char *part)
{
	for (size_t i = 0; i < d->cnt; i++)
		if (strstr(d->line[i].s, part))
			return true;
	return false;
}

static void an_incident_is_told(void **state)
{
	static const char body[] =
		"{\"id\":7,\"state\":\"firing\",\"severity\":\"critical\",\"pid\":5,"
		"\"message\":\"m\\n\\u001b[31m\",\"black_box\":{\"descriptors\":9,"
		"\"kinds\":{\"tcp\":5},\"targets\":[{\"target\":\"/x\",\"count\":4}],"
		"\"failures\":[{\"time_ns\":1,\"count\":2,\"error\":\"EMFILE\","
		"\"stack\":[\"libc.so+0x1\",\"prog+0x2\"]}],"
		"\"curve\":[[0,1],[1000000000,9]]}}";
	struct doc *d;

	(void)state;
	assert_int_equal(doc__parse_incident(body, strlen(body), &d), 0);
	assert_int_equal(d->pid, 5);
	assert_true(has_line(d, "m\\x0a\\x1b[31m"));
	assert_true(has_line(d, "Targets"));
	assert_true(has_line(d, "4  /x"));
	assert_true(has_line(d, "#1  prog+0x2"));
	assert_true(has_line(d, "1s ago"));
	for (size_t i = 0; i < d->cnt; i++)
		assert_null(strpbrk(d->line[i].s, "\n\x1b"));
	doc__free(d);
	assert_int_equal(doc__parse_incident("{\"black_box\":null}", 18, &d), 0);
	assert_true(has_line(d, "no black box"));
	doc__free(d);
}

static void apply(struct host *h, int (*take)(struct host *h, const json_t *root), const char *fmt,
		  int64_t a, int64_t b)
{
	_cleanup_text_ struct text body = {};
	json_t *root;

	text__addf(&body, fmt, (intmax_t)a, (intmax_t)b);
	root = json_loads(text__str(&body), 0, NULL);
	assert_non_null(root);
	assert_int_equal(take(h, root), 0);
	json_decref(root);
}

static void rates_of_the_host(void **state)
{
	static const char system[] = "{\"generated_ns\":%jd,\"file_nr\":1,\"file_max\":null,"
				     "\"opens\":%jd,\"closes\":null}";
	static const char sums[] = "{\"groups\":[{\"failures\":%jd,\"allocated\":%jd},"
				   "{\"failures\":null,\"allocated\":4}]}";
	struct host h;

	(void)state;
	host__init(&h);
	assert_true(isnan(h.opens_per_s));
	apply(&h, host__apply_system, system, 1000000000, 15);
	assert_true(isnan(h.opens_per_s));
	assert_true(h.file_max == VALUE_UNLIMITED);
	apply(&h, host__apply_system, system, 3000000000, 35);
	assert_true(h.opens_per_s == 10);
	assert_true(isnan(h.closes_per_s));
	/* The same moment again changes nothing, and what goes back is no rate. */
	apply(&h, host__apply_system, system, 3000000000, 99);
	assert_true(h.opens_per_s == 10);
	apply(&h, host__apply_system, system, 4000000000, 2);
	assert_true(isnan(h.opens_per_s));
	apply(&h, host__apply_sums, sums, 5, 3);
	apply(&h, host__apply_sums, sums, 7, 3);
	assert_int_equal(h.failures_new, 2);
	assert_int_equal(h.fds_series.cnt, 2);
	assert_true(h.fds_series.v[0] == 7);
	host__forget_rates(&h);
	assert_true(isnan(h.opens_per_s));
	host__done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sheet_is_parsed),
		cmocka_unit_test(history_is_parsed),
		cmocka_unit_test(holdings_are_counted),
		cmocka_unit_test(ends_are_counted),
		cmocka_unit_test(hazards_are_of_one_process),
		cmocka_unit_test(events_are_in_order_of_time),
		cmocka_unit_test(events_are_not_kept_for_ever),
		cmocka_unit_test(an_incident_is_told),
		cmocka_unit_test(rates_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
