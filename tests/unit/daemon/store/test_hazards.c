// links: daemon/store/hazards.c daemon/store/places.c daemon/base/json.c daemon/base/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The log of hazards: what is one entry, counts, the order, the bound, cut texts, and the JSON. */
#include "store/hazards.h"
#include "store/places.h"

#include "records.h"

#include <jansson.h>
#include <utlist.h>

static struct hazard_step step_of(uint32_t pid, uint64_t time_ns)
{
	return (struct hazard_step){
		.kind = FDS_HAZARD_EPOLL_FORK,
		.time_ns = time_ns,
		.cnt = 1,
		.pid = pid,
		.tid = pid,
		.uid = 1000,
		.euid = 1000,
		.start_ns = 5,
		.comm = "task",
		.exe = "/usr/bin/task",
		.fd = -1,
		.target_fd = -1,
		.other_fd = -1,
		.bytes = FDS_UNKNOWN,
		.contended = -1,
		.summary = "it happened",
	};
}

static void the_same_trap_is_one_entry(void **state)
{
	struct hazard_log log = {};
	struct hazard_step s = step_of(1, 100);
	const struct hazard *h;
	bool news = false;

	(void)state;
	h = hazard_log__apply(&log, &s, &news);
	assert_non_null(h);
	assert_true(news);
	assert_int_equal(h->cnt, 1);
	/* Another process of the same program: what is shown is the last one. */
	s = step_of(2, 200);
	s.tid = 7;
	s.euid = 0;
	s.start_ns = 6;
	s.cnt = 40;
	s.fd = 3;
	s.target_fd = 0;
	s.other_pid = 9;
	s.other_fd = 4;
	s.other_comm = "parent";
	s.op = "EPOLL_CTL_DEL";
	s.ofd = 17;
	s.dev = 8;
	s.inode = 42;
	s.bytes = 0;
	s.contended = 0;
	s.comm = "renamed";
	s.name = "/tmp/x";
	s.summary = "again";
	assert_ptr_equal(hazard_log__apply(&log, &s, &news), h);
	assert_false(news);
	assert_int_equal(log.cnt, 1);
	assert_int_equal(h->cnt, 41);
	assert_int_equal(h->last_cnt, 40);
	assert_int_equal(h->first_ns, 100);
	assert_int_equal(h->last_ns, 200);
	assert_int_equal(h->pid, 2);
	assert_int_equal(h->tid, 7);
	assert_int_equal(h->euid, 0);
	assert_int_equal(h->start_ns, 6);
	assert_int_equal(h->fd, 3);
	assert_int_equal(h->target_fd, 0);
	assert_int_equal(h->other_pid, 9);
	assert_int_equal(h->other_fd, 4);
	assert_string_equal(h->other_comm, "parent");
	assert_string_equal(h->op, "EPOLL_CTL_DEL");
	assert_int_equal(h->ofd, 17);
	assert_int_equal(h->dev, 8);
	assert_int_equal(h->inode, 42);
	assert_int_equal(h->bytes, 0);
	assert_int_equal(h->contended, 0);
	assert_string_equal(h->comm, "renamed");
	assert_string_equal(h->name, "/tmp/x");
	assert_string_equal(h->summary, "again");
	/* And what the last one has not is gone, but for the program. */
	s = step_of(3, 300);
	s.comm = "";
	hazard_log__apply(&log, &s, NULL);
	assert_string_equal(h->name, "");
	assert_string_equal(h->op, "");
	assert_string_equal(h->other_comm, "");
	assert_string_equal(h->exe, "/usr/bin/task");
	assert_int_equal(log.steps[FDS_HAZARD_EPOLL_FORK], 42);
	assert_int_equal(log.steps[FDS_HAZARD_EPOLL_STALE], 0);
	hazard_log__done(&log);
}

static void what_differs_is_another_entry(void **state)
{
	struct hazard_log log = {};
	struct hazard_step s[6];
	bool news;

	(void)state;
	for (size_t i = 0; i < CNT_OF(s); i++)
		s[i] = step_of(1, i);
	s[1].kind = FDS_HAZARD_EPOLL_STALE;
	s[2].uid = 1;
	s[3].exe = "/usr/bin/other";
	s[4].key = "other";
	s[5].exe = NULL; /* a program without a path has its name */
	for (size_t i = 0; i < CNT_OF(s); i++) {
		hazard_log__apply(&log, &s[i], &news);
		assert_true(news);
	}
	assert_int_equal(log.cnt, CNT_OF(s));
	for (size_t i = 0; i < CNT_OF(s); i++) {
		hazard_log__apply(&log, &s[i], &news);
		assert_false(news);
	}
	s[5].comm = "another";
	hazard_log__apply(&log, &s[5], &news);
	assert_true(news);
	assert_int_equal(log.cnt, CNT_OF(s) + 1);
	assert_int_equal(log.steps[FDS_HAZARD_EPOLL_FORK], 11);
	assert_int_equal(log.steps[FDS_HAZARD_EPOLL_STALE], 2);
	hazard_log__done(&log);
}

/* Seen again and again, it is one. */
static void what_lasts_counts_once(void **state)
{
	struct hazard_log log = {};
	struct hazard_step s = step_of(1, 100);
	const struct hazard *h;
	bool news;

	(void)state;
	s.kind = FDS_HAZARD_DELETED_OPEN;
	s.lasts = true;
	s.bytes = 10;
	h = hazard_log__apply(&log, &s, &news);
	assert_true(news);
	s.time_ns = 200;
	s.bytes = 20;
	assert_ptr_equal(hazard_log__apply(&log, &s, &news), h);
	assert_false(news);
	assert_int_equal(h->cnt, 1);
	assert_int_equal(h->first_ns, 100);
	assert_int_equal(h->last_ns, 200);
	assert_int_equal(h->bytes, 20);
	assert_int_equal(log.steps[FDS_HAZARD_DELETED_OPEN], 1);
	hazard_log__done(&log);
}

static const struct hazard *add(struct hazard_log *log, uint32_t nr, uint64_t time_ns)
{
	static const char *const places[] = {"main+0x1"};
	struct hazard_step s = step_of(nr, time_ns);
	char key[16];

	snprintf(key, sizeof(key), "%u", nr);
	s.key = key;
	s.places = places;
	s.place_cnt = 1;
	return hazard_log__apply(log, &s, NULL);
}

static void the_newest_stands_first(void **state)
{
	static const uint32_t want[] = {2, 4, 3, 1};
	struct hazard_log log = {};
	const struct hazard *h;
	size_t i = 0;

	(void)state;
	for (uint32_t nr = 1; nr <= 4; nr++)
		add(&log, nr, nr);
	add(&log, 2, 5);
	DL_FOREACH (log.list, h)
		assert_int_equal(h->pid, want[i++]);
	assert_int_equal(i, CNT_OF(want));
	add(&log, 2, 6);
	assert_int_equal(log.list->pid, 2);
	add(&log, 1, 7);
	assert_int_equal(log.list->pid, 1);
	assert_int_equal(log.list->prev->pid, 3);
	hazard_log__done(&log);
}

static void the_one_that_is_quiet_longest_goes(void **state)
{
	struct hazard_log log = {};
	const struct hazard *h;

	(void)state;
	for (uint32_t nr = 1; nr <= HAZARDS_MAX; nr++)
		add(&log, nr, nr);
	assert_int_equal(log.cnt, HAZARDS_MAX);
	assert_int_equal(log.evicted, 0);
	/* The oldest speaks up: now it is the second's turn. */
	add(&log, 1, 1000);
	assert_int_equal(log.evicted, 0);
	h = add(&log, 5000, 1001);
	assert_int_equal(h->pid, 5000);
	assert_int_equal(log.cnt, HAZARDS_MAX);
	assert_int_equal(log.evicted, 1);
	assert_int_equal(log.list->prev->pid, 3);
	/* Who has gone begins anew; of all together none is forgotten. */
	h = add(&log, 2, 1002);
	assert_int_equal(h->cnt, 1);
	assert_int_equal(h->first_ns, 1002);
	assert_int_equal(log.evicted, 2);
	assert_int_equal(log.steps[FDS_HAZARD_EPOLL_FORK], HAZARDS_MAX + 3);
	hazard_log__done(&log);
	assert_int_equal(log.cnt, 0);
	assert_null(log.list);
	/* It may be done twice, and be used again. */
	hazard_log__done(&log);
	assert_int_equal(add(&log, 1, 1)->cnt, 1);
	hazard_log__done(&log);
}

static json_t *emit(const struct hazard *h, bool with_stack)
{
	struct json j = {};
	json_t *o;

	json__begin_object(&j, NULL);
	hazard__emit(&j, h, with_stack);
	json__end_object(&j);
	assert_int_equal(j.error, 0);
	o = json_loadb(j.data, j.len, 0, NULL);
	assert_non_null(o);
	json__done(&j);
	return o;
}

/* Longer than there is room for: cut, and still text. */
static void long_texts_are_cut(void **state)
{
	static char text[4096];
	struct hazard_log log = {};
	struct hazard_step s = step_of(1, 1);
	const struct hazard *h;
	bool news;
	json_t *o;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	s.comm = s.other_comm = s.op = s.name = s.summary = s.exe = s.key = text;
	h = hazard_log__apply(&log, &s, &news);
	assert_non_null(h);
	assert_int_equal(strlen(h->comm), FDS_COMM_SZ);
	assert_int_equal(strlen(h->name), HAZARD_NAME_SZ - 1);
	assert_int_equal(strlen(h->summary), HAZARD_SUMMARY_SZ - 1);
	assert_int_equal(strlen(h->key), HAZARD_KEY_SZ - 1);
	assert_int_equal(strlen(h->exe), strlen(text));
	o = emit(h, true); /* cut within a letter, it is UTF-8 all the same */
	assert_true(json_string_length(json_object_get(o, "name")) >= HAZARD_NAME_SZ - 2);
	json_decref(o);
	hazard_log__apply(&log, &s, &news);
	assert_false(news);
	hazard_log__done(&log);
}

static void the_stack_is_the_last_one(void **state)
{
	static char frame[PLACES_TEXT_SZ / 4 + 1];
	const char *places[] = {"open+0x1", "main+0x2"}, *others[] = {"else+0x3"};
	const char *long_ones[] = {frame, frame, frame, frame, frame};
	struct hazard_log log = {};
	struct hazard_step s = step_of(1, 1);
	const struct hazard *h;

	(void)state;
	s.stack_id = 9;
	s.places = places;
	s.place_cnt = 2;
	h = hazard_log__apply(&log, &s, NULL);
	assert_string_equal(h->stack, "open+0x1\nmain+0x2");
	assert_int_equal(h->stack_id, 9);
	s.stack_id = 10;
	s.places = others;
	s.place_cnt = 1;
	hazard_log__apply(&log, &s, NULL);
	assert_string_equal(h->stack, "else+0x3");
	assert_int_equal(h->stack_id, 10);
	/* One without any says nothing against it. */
	s.stack_id = 0;
	s.place_cnt = 0;
	hazard_log__apply(&log, &s, NULL);
	assert_string_equal(h->stack, "else+0x3");
	assert_int_equal(h->stack_id, 10);
	/* Whole frames, as many as fit. */
	memset(frame, 'f', PLACES_TEXT_SZ / 4);
	s.places = long_ones;
	s.place_cnt = 5;
	hazard_log__apply(&log, &s, NULL);
	assert_int_equal(strlen(h->stack), PLACES_TEXT_SZ / 4 * 3 + 2);
	hazard_log__done(&log);
}

/* ---- as JSON ---- */

static void assert_json(json_t *o, const char *want)
{
	json_t *w = json_loads(want, 0, NULL);
	char *got = json_dumps(o, 0);

	assert_non_null(w);
	if (!json_equal(o, w))
		fail_msg("%s is not %s", got, want);
	free(got);
	json_decref(w);
	json_decref(o);
}

static void an_entry_is_told(void **state)
{
	const char *places[] = {"open+0x1", "main+0x2"};
	struct hazard_log log = {};
	struct hazard_step s = step_of(1, 100);
	const struct hazard *h;

	(void)state;
	s.kind = FDS_HAZARD_TRUNCATE_BEFORE_LOCK;
	s.fd = 3;
	s.target_fd = 0;
	s.op = "flock";
	s.ofd = 0x1f;
	s.dev = 8u << 20 | 1;
	s.inode = 42;
	s.name = "/tmp/x";
	s.bytes = 0;
	s.other_pid = 9;
	s.other_comm = "other";
	s.other_fd = 4;
	s.contended = 1;
	s.stack_id = 0x1e;
	s.places = places;
	s.place_cnt = 2;
	h = hazard_log__apply(&log, &s, NULL);
	assert_json(emit(h, true),
		    "{\"pid\":1,\"comm\":\"task\",\"uid\":1000,\"exe\":\"/usr/bin/task\","
		    "\"kind\":\"truncate-before-lock\",\"severity\":\"critical\",\"time_ns\":100,"
		    "\"first_ns\":100,\"count\":1,\"tid\":1,\"fd\":3,\"target_fd\":0,"
		    "\"op\":\"flock\",\"ofd\":\"000000000000001f\",\"dev\":\"8:1\",\"inode\":42,"
		    "\"name\":\"/tmp/x\",\"bytes\":0,\"other_pid\":9,\"other_comm\":\"other\","
		    "\"other_fd\":4,\"contended\":true,\"summary\":\"it happened\","
		    "\"stack_id\":\"000000000000001e\",\"stack\":[\"open+0x1\",\"main+0x2\"]}");
	hazard_log__done(&log);
}

static void what_is_not_known_is_null(void **state)
{
	const char *places[] = {"open+0x1"};
	struct hazard_log log = {};
	struct hazard_step s = step_of(1, 100);
	const struct hazard *h;

	(void)state;
	s.exe = NULL;
	s.stack_id = 5;
	s.places = places;
	s.place_cnt = 1;
	h = hazard_log__apply(&log, &s, NULL);
	assert_json(emit(h, false),
		    "{\"pid\":1,\"comm\":\"task\",\"uid\":1000,\"exe\":null,"
		    "\"kind\":\"epoll-fork\",\"severity\":\"warn\",\"time_ns\":100,"
		    "\"first_ns\":100,\"count\":1,\"tid\":1,\"fd\":null,\"target_fd\":null,"
		    "\"op\":null,\"ofd\":null,\"dev\":null,\"inode\":null,\"name\":null,"
		    "\"bytes\":null,\"other_pid\":null,\"other_comm\":null,\"other_fd\":null,"
		    "\"contended\":null,\"summary\":\"it happened\",\"stack_id\":null,"
		    "\"stack\":[]}");
	hazard_log__done(&log);
}

static void every_kind_has_its_words(void **state)
{
	(void)state;
	for (int k = 0; k < FDS_HAZARD_CNT; k++) {
		assert_true(*hazard_names[k] && *hazard_texts[k]);
		assert_true(hazard__severity(k) > FDS_SEVERITY_NONE);
		for (int i = 0; i < k; i++)
			assert_string_not_equal(hazard_names[i], hazard_names[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_trap_is_one_entry),
		cmocka_unit_test(what_differs_is_another_entry),
		cmocka_unit_test(what_lasts_counts_once),
		cmocka_unit_test(the_newest_stands_first),
		cmocka_unit_test(the_one_that_is_quiet_longest_goes),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(the_stack_is_the_last_one),
		cmocka_unit_test(an_entry_is_told),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(every_kind_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
