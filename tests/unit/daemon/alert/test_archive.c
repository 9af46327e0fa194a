// links: daemon/alert/archive*.c daemon/base/log.c tests/unit/daemon/alert/archive_fixture.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive on a disk that works: what is put comes out again, ids, bounds of size and age. */
#include "archive_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY_S (24 * 3600)

static void check_status(struct archive *a, uint64_t incidents, uint64_t points, uint64_t series)
{
	struct archive_status s;

	archive__status(a, &s);
	assert_int_equal(s.incidents, incidents);
	assert_int_equal(s.points, points);
	assert_int_equal(s.series, series);
}

static void test_incident_comes_back_as_it_was(void **state)
{
	static const char json[] = "{\"a\":\0\"b\xff\"}";
	struct fixture *f = *state;
	struct archive_incident want = {
		.id = 7,
		.opened_s = 1700000000,
		.pid = 4000000000u,
		.comm = "o'brien\"; DROP TABLE incidents; --",
		.unit = "\xff\xfe half \xe2\x82",
		.rule = "",
		.kind = "caf\xc3\xa9\n",
		.severity = "critical",
		.message = NULL,
		.json = json,
		.json_sz = sizeof(json),
	};
	struct list l;
	char *got;
	size_t sz;

	fixture__open(f);
	assert_int_equal(archive__put_incident(f->a, &want), 0);
	fixture__flush(f);
	for (int round = 0; round < 2; round++) {
		list__get(f->a, 0, 10, &l);
		assert_int_equal(l.cnt, 1);
		assert_int_equal(l.items[0].id, 7);
		assert_int_equal(l.items[0].opened_s, 1700000000);
		assert_int_equal(l.items[0].cleared_s, 0);
		assert_int_equal(l.items[0].pid, 4000000000u);
		assert_string_equal(l.items[0].comm, want.comm);
		assert_string_equal(l.items[0].unit, want.unit);
		assert_string_equal(l.items[0].rule, "");
		assert_string_equal(l.items[0].kind, want.kind);
		assert_string_equal(l.items[0].severity, want.severity);
		assert_string_equal(l.items[0].message, "");
		assert_null(l.items[0].json);
		/* Open in this life, unseen to end for the next one. */
		assert_int_equal(l.items[0].ended_unseen, round == 1);
		list__done(&l);
		assert_int_equal(get_json(f->a, 7, &got, &sz), 0);
		assert_int_equal(sz, sizeof(json));
		assert_memory_equal(got, json, sizeof(json));
		free(got);
		fixture__close(f);
		fixture__open(f);
	}
	assert_int_equal(get_json(f->a, 8, &got, &sz), -ENOENT);
	assert_int_equal(get_json(f->a, 0, &got, &sz), -ENOENT);
	assert_int_equal(get_json(f->a, UINT64_MAX, &got, &sz), -ENOENT);
}

/* What it says of itself is what the list says. */
static void test_incident_that_went_on_when_the_daemon_ended(void **state)
{
	static const char was[] =
		"{\"state\":\"firing\",\"message\":\"\\\"state\\\":\\\"firing\\\"\","
		"\"cleared_why\":null}";
	static const char is[] =
		"{\"state\":\"cleared\",\"message\":\"\\\"state\\\":\\\"firing\\\"\","
		"\"cleared_why\":\"the daemon ended first\"}";
	struct archive_incident i = {
		.id = 3, .opened_s = 1000, .json = was, .json_sz = strlen(was)};
	struct fixture *f = *state;
	char *got;
	size_t sz;

	fixture__open(f);
	assert_int_equal(archive__put_incident(f->a, &i), 0);
	fixture__flush(f);
	assert_int_equal(get_json(f->a, 3, &got, &sz), 0);
	assert_string_equal(got, was);
	free(got);
	fixture__close(f);
	fixture__open(f);
	assert_int_equal(get_json(f->a, 3, &got, &sz), 0);
	assert_string_equal(got, is);
	assert_int_equal(sz, strlen(is));
	free(got);
}

static void test_incident_is_replaced_by_itself_alone(void **state)
{
	struct archive_incident i = {.id = 3, .opened_s = 1000, .message = "first"};
	struct fixture *f = *state;
	struct archive_status s;
	struct list l;

	fixture__open(f);
	assert_int_equal(archive__put_incident(f->a, &i), 0);
	i.cleared_s = 1060;
	i.message = "second";
	assert_int_equal(archive__put_incident(f->a, &i), 0);
	fixture__flush(f);
	/* The same id, but of another time: somebody lost count. */
	i.opened_s = 2000;
	i.message = "third";
	assert_int_equal(archive__put_incident(f->a, &i), 0);
	assert_int_equal(archive__flush(f->a, DEADLINE_MS), -EIO);
	list__get(f->a, 0, 10, &l);
	assert_int_equal(l.cnt, 1);
	assert_int_equal(l.items[0].cleared_s, 1060);
	assert_string_equal(l.items[0].message, "second");
	list__done(&l);
	check_status(f->a, 1, 0, 0);
	archive__status(f->a, &s);
	assert_int_equal(s.dropped, 1);

	fixture__close(f);
	fixture__open(f);
	list__get(f->a, 0, 10, &l);
	assert_false(l.items[0].ended_unseen);
	list__done(&l);
}

static int stop_at_second(const struct archive_incident *i, void *ctx)
{
	(void)i;
	return ++*(int *)ctx == 2 ? 17 : 0;
}

static void test_list_is_newest_first_in_pages(void **state)
{
	struct fixture *f = *state;
	uint64_t before = 0, want = 2500;
	int calls = 0, err;
	struct list l;

	fixture__open(f);
	for (uint64_t id = 1; id <= 2500; id++)
		assert_int_equal(put_id(f->a, id, 1000 + id, 64), 0);
	fixture__flush(f);
	do {
		list__get(f->a, before, 5000, &l);
		for (size_t i = 0; i < l.cnt; i++)
			assert_int_equal(l.items[i].id, want--);
		assert_true(l.cnt <= ARCHIVE_LIST_MAX);
		before = l.cnt ? l.items[l.cnt - 1].id : 0;
		list__done(&l);
	} while (before > 1);
	assert_int_equal(want, 0);
	list__get(f->a, 1, 10, &l);
	assert_int_equal(l.cnt, 0);
	list__done(&l);
	do {
		calls = 0;
		err = archive__incidents(f->a, 0, 10, stop_at_second, &calls);
	} while (err == -EAGAIN);
	assert_int_equal(err, 17);
	assert_int_equal(calls, 2);
}

static void test_what_is_too_much_is_refused(void **state)
{
	static char text[ARCHIVE_TEXT_MAX + 2];
	struct archive_incident i = {.id = 1, .opened_s = 1, .message = text};
	struct archive_point p = {.time_s = 60, .min = 2, .max = 3};
	struct fixture *f = *state;
	struct archive_status s;

	f->config.max_bytes = 4 * MIB;
	fixture__open(f);
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(archive__put_incident(f->a, &i), -EFBIG);
	text[ARCHIVE_TEXT_MAX] = '\0';
	assert_int_equal(archive__put_incident(f->a, &i), 0);
	assert_int_equal(put_id(f->a, 2, 1, 4 * MIB / 16 + 1), -EFBIG);
	assert_int_equal(put_id(f->a, 2, 1, 4 * MIB / 16), 0);
	assert_int_equal(put_id(f->a, 0, 1, 64), -EINVAL);
	assert_int_equal(put_id(f->a, UINT64_MAX, 1, 64), -EINVAL);
	assert_int_equal(put_id(f->a, 3, -1, 64), -EINVAL);

	assert_int_equal(archive__put_point(f->a, "user", "k", &p), -EINVAL);
	assert_int_equal(archive__put_point(f->a, NULL, "k", &p), -EINVAL);
	assert_int_equal(archive__put_point(f->a, "unit", NULL, &p), -EINVAL);
	assert_int_equal(archive__put_point(f->a, "unit", text, &p), -EFBIG);
	text[ARCHIVE_KEY_MAX] = '\0';
	assert_int_equal(archive__put_point(f->a, "unit", text, &p), 0);
	p.min = 4;
	assert_int_equal(archive__put_point(f->a, "unit", "k", &p), -EINVAL);
	p = (struct archive_point){.time_s = 0};
	assert_int_equal(archive__put_point(f->a, "unit", "k", &p), -EINVAL);
	p.time_s = INT64_MAX;
	assert_int_equal(archive__put_point(f->a, "unit", "k", &p), -EINVAL);
	fixture__flush(f);
	check_status(f->a, 2, 1, 1);
	/* A caller's mistake is nothing that was lost. */
	archive__status(f->a, &s);
	assert_int_equal(s.dropped, 0);
}

static void test_history_comes_back_in_order(void **state)
{
	static const char odd[] = "o'dd \"\xff\xc3";
	static struct points got;
	struct fixture *f = *state;
	int64_t now_s = time(NULL);
	struct archive_point p = {.time_s = now_s, .min = 5, .max = UINT32_MAX};

	fixture__open(f);
	assert_int_equal(put_point(f->a, odd, now_s - 60, 3, 4), 0);
	assert_int_equal(put_point(f->a, odd, now_s - 120, 1, 2), 0);
	assert_int_equal(put_point(f->a, odd, now_s, 7, 8), 0);
	/* The same second: merged. */
	assert_int_equal(put_point(f->a, odd, now_s - 60, 2, 3), 0);
	/* The same name, but another kind. */
	assert_int_equal(archive__put_point(f->a, "process", odd, &p), 0);
	fixture__flush(f);
	check_status(f->a, 0, 4, 2);
	points__get(f->a, "unit", odd, 0, &got);
	assert_int_equal(got.cnt, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(got.at[i].time_s, now_s - 120 + 60 * i);
	assert_int_equal(got.at[1].min, 2);
	assert_int_equal(got.at[1].max, 4);
	points__get(f->a, "unit", odd, now_s - 60, &got);
	assert_int_equal(got.cnt, 2);
	points__get(f->a, "process", odd, 0, &got);
	assert_int_equal(got.cnt, 1);
	assert_int_equal(got.at[0].max, UINT32_MAX);
	points__get(f->a, "unit", "nobody", 0, &got);
	assert_int_equal(got.cnt, 0);
	fixture__close(f);
	fixture__open(f);
	points__get(f->a, "unit", odd, 0, &got);
	assert_int_equal(got.cnt, 3);
}

/* Made by root, by hand, before the service that owns the directory ran for the first time. */
static void test_whose_directory_it_is(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(f->dir, 65534, 65533), 0);
	fixture__open(f);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_gid, 65533);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_ids_go_on_over_restarts(void **state)
{
	struct fixture *f = *state;
	uint64_t id;

	fixture__open(f);
	assert_int_equal(archive__last_id(f->a, &id), 0);
	assert_int_equal(id, 0);
	fixture__close(f);
	for (uint64_t round = 0; round < 5; round++) {
		fixture__open(f);
		assert_int_equal(archive__last_id(f->a, &id), 0);
		assert_int_equal(id, round * 10);
		for (uint64_t i = 1; i <= 10; i++)
			assert_int_equal(put_id(f->a, id + i, 1000, 64), 0);
		assert_int_equal(archive__last_id(f->a, &id), 0);
		assert_int_equal(id, round * 10 + 10);
		fixture__close(f);
	}
}

/* Everything is too old at once: the rows go, the ids stay taken. */
static void test_ids_of_the_pruned_stay_taken(void **state)
{
	struct fixture *f = *state;
	uint64_t id;

	f->config.max_age_s = DAY_S;
	fixture__open(f);
	for (uint64_t i = 1; i <= 2000; i++)
		assert_int_equal(put_id(f->a, i, 1000, 64), 0);
	fixture__close(f);
	fixture__open(f);
	assert_int_equal(put_id(f->a, 2001, time(NULL), 64), 0);
	fixture__close(f);
	fixture__open(f);
	assert_int_equal(archive__last_id(f->a, &id), 0);
	assert_int_equal(id, 2001);
}

static void wait_counts(struct fixture *f, uint64_t incidents, uint64_t points)
{
	struct archive_status s;

	/* Pruning comes behind the write, and status is taken then. */
	for (int turn = 0; turn < DEADLINE_MS / 10; turn++) {
		archive__status(f->a, &s);
		if (s.incidents == incidents && s.points == points)
			return;
		usleep(10000);
	}
	fail_msg("%llu incidents and %llu points left, not %llu and %llu",
		 (unsigned long long)s.incidents, (unsigned long long)s.points,
		 (unsigned long long)incidents, (unsigned long long)points);
}

static void test_what_is_too_old_goes(void **state)
{
	int64_t now_s = time(NULL);
	static struct points got;
	struct fixture *f = *state;
	struct list l;

	f->config.max_age_s = 10 * DAY_S;
	fixture__open(f);
	for (uint64_t i = 1; i <= 300; i++)
		assert_int_equal(put_id(f->a, i, now_s - 11 * DAY_S, 64), 0);
	for (uint64_t i = 301; i <= 310; i++)
		assert_int_equal(put_id(f->a, i, now_s - 9 * DAY_S, 64), 0);
	/*
	 * On one step's beginning each, so that thinning leaves them; not the step that becomes ten
	 * days old now.
	 */
	for (int i = 0; i < 100; i++)
		if (i != 96)
			assert_int_equal(
				put_point(f->a, "old", (now_s / 1800 - 48 * 12 + i) * 1800, 1, 1),
				0);
	fixture__flush(f);
	wait_counts(f, 10, 3);
	list__get(f->a, 0, 100, &l);
	assert_int_equal(l.cnt, 10);
	assert_int_equal(l.items[9].id, 301);
	list__done(&l);
	points__get(f->a, "unit", "old", 0, &got);
	assert_int_equal(got.cnt, 3);
	assert_true(got.at[0].time_s >= now_s - 10 * DAY_S);
}

/* Three days of minutes: a day stays, the rest is a point per half hour with its extremes. */
static void test_old_points_are_thinned(void **state)
{
	int64_t now_s = time(NULL), first_s = (now_s / 1800 - 48 * 3) * 1800;
	int64_t end_s = (now_s / 1800 - 48) * 1800;
	static struct points got;
	struct fixture *f = *state;
	size_t thin = 0;

	fixture__open(f);
	for (int64_t t = first_s; t < now_s; t += 60)
		assert_int_equal(put_point(f->a, "u", t, 1000 - t / 60 % 30, 2000 + t / 60 % 30),
				 0);
	fixture__flush(f);
	wait_counts(f, 0, 96 + (now_s - end_s + 59) / 60);
	points__get(f->a, "unit", "u", 0, &got);
	for (; thin < got.cnt && got.at[thin].time_s < end_s; thin++) {
		assert_int_equal(got.at[thin].time_s, first_s + (int64_t)thin * 1800);
		assert_int_equal(got.at[thin].min, 1000 - 29);
		assert_int_equal(got.at[thin].max, 2000 + 29);
	}
	assert_int_equal(thin, 96);
	for (size_t i = thin; i < got.cnt; i++)
		assert_int_equal(got.at[i].time_s, end_s + (int64_t)(i - thin) * 60);

	/* One that comes late is thinned as well. */
	assert_int_equal(put_point(f->a, "u", first_s + 90, 1, 9999), 0);
	fixture__flush(f);
	wait_counts(f, 0, got.cnt);
	points__get(f->a, "unit", "u", 0, &got);
	assert_int_equal(got.at[0].time_s, first_s);
	assert_int_equal(got.at[0].min, 1);
	assert_int_equal(got.at[0].max, 9999);
}

static void put_patiently(struct fixture *f, int err, int (*again)(struct fixture *f, uint64_t i),
			  uint64_t i)
{
	while (err == -ENOBUFS) {
		/* What was dropped before is part of the count, and no matter. */
		assert_int_not_equal(archive__flush(f->a, DEADLINE_MS), -ETIMEDOUT);
		err = again(f, i);
	}
	assert_int_equal(err, 0);
}

static int put_4k(struct fixture *f, uint64_t i)
{
	return put_id(f->a, i, 1000000 + i, 4096);
}

static void test_size_holds_under_incidents(void **state)
{
	enum { CNT = 50000 };
	struct fixture *f = *state;
	struct archive_status s;
	uint64_t most = 0;
	struct list l;
	char *json;
	size_t sz;

	f->config.max_bytes = 32 * MIB;
	fixture__open(f);
	for (uint64_t i = 1; i <= CNT; i++) {
		put_patiently(f, put_4k(f, i), put_4k, i);
		if (i % 100 == 0 && fixture__bytes(f) > most)
			most = fixture__bytes(f);
	}
	assert_int_not_equal(archive__flush(f->a, DEADLINE_MS), -ETIMEDOUT);
	if (fixture__bytes(f) > most)
		most = fixture__bytes(f);
	print_message("at most %llu bytes\n", (unsigned long long)most);
	assert_true(most <= 32 * MIB);
	/* The newest are there, without a gap, and fill the room. */
	archive__status(f->a, &s);
	assert_true(s.incidents * 4096 > 16 * MIB && s.incidents * 4096 < 32 * MIB);
	list__get(f->a, 0, 1000, &l);
	assert_int_equal(l.cnt, 1000);
	assert_int_equal(l.items[0].id, CNT);
	assert_int_equal(l.items[999].id, CNT - 999);
	list__done(&l);
	assert_int_equal(get_json(f->a, CNT - s.incidents + 1, &json, &sz), 0);
	check_pattern(CNT - s.incidents + 1, json, sz);
	free(json);
	assert_int_equal(get_json(f->a, CNT - s.incidents, &json, &sz), -ENOENT);

	/* A smaller bound holds as well, and gives back what is too much. */
	fixture__close(f);
	f->config.max_bytes = 4 * MIB;
	fixture__open(f);
	assert_int_equal(put_id(f->a, CNT + 1, 2000000, 4096), 0);
	fixture__flush(f);
	assert_true(fixture__bytes(f) <= 4 * MIB);
	list__get(f->a, 0, 1, &l);
	assert_int_equal(l.items[0].id, CNT + 1);
	list__done(&l);
}

static int put_minute(struct fixture *f, uint64_t i)
{
	char key[64];

	snprintf(key, sizeof(key), "unit-number-%llu.service", (unsigned long long)(i % 200));
	return put_point(f->a, key, time(NULL) / 60 * 60 - 86000 + (int64_t)(i / 200) * 60, 1, 2);
}

/* Incidents that fill their half, then points that want all. */
static void test_size_is_shared(void **state)
{
	struct fixture *f = *state;
	struct archive_status s;

	f->config.max_bytes = MIB;
	fixture__open(f);
	for (uint64_t i = 1; i <= 500; i++)
		put_patiently(f, put_4k(f, i), put_4k, i);
	for (uint64_t i = 0; i < 200 * 250; i++) {
		put_patiently(f, put_minute(f, i), put_minute, i);
		if (i % 5000 == 0)
			assert_true(fixture__bytes(f) <= MIB);
	}
	assert_int_not_equal(archive__flush(f->a, DEADLINE_MS), -ETIMEDOUT);
	assert_true(fixture__bytes(f) <= MIB);
	archive__status(f->a, &s);
	/* Each has a good part of what the file may hold. */
	assert_true(s.incidents * 4096 > MIB / 8);
	assert_true(s.points * 16 > MIB / 8);
	assert_int_equal(s.series, 200);
}

static int put_series(struct fixture *f, uint64_t i)
{
	char key[64];

	snprintf(key, sizeof(key), "unit-number-%llu.service", (unsigned long long)i);
	return put_point(f->a, key, time(NULL) / 60 * 60 - (i < 100 ? 5 * 3600 : 0), 1, 2);
}

static void test_series_are_bounded(void **state)
{
	static struct points got;
	struct fixture *f = *state;
	struct archive_status s;

	fixture__open(f);
	for (uint64_t i = 0; i < ARCHIVE_SERIES_MAX; i++)
		put_patiently(f, put_series(f, i), put_series, i);
	assert_int_not_equal(archive__flush(f->a, DEADLINE_MS), -ETIMEDOUT);
	check_status(f->a, 0, ARCHIVE_SERIES_MAX, ARCHIVE_SERIES_MAX);
	/* As many as are out of use find room, and the next ones do not push out who is in use. */
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(put_series(f, ARCHIVE_SERIES_MAX + i), 0);
	fixture__flush(f);
	check_status(f->a, 0, ARCHIVE_SERIES_MAX, ARCHIVE_SERIES_MAX);
	assert_int_equal(put_series(f, ARCHIVE_SERIES_MAX + 100), 0);
	assert_int_equal(archive__flush(f->a, DEADLINE_MS), -EIO);
	archive__status(f->a, &s);
	assert_int_equal(s.series, ARCHIVE_SERIES_MAX);
	points__get(f->a, "unit", "unit-number-99.service", 0, &got);
	assert_int_equal(got.cnt, 0);
	points__get(f->a, "unit", "unit-number-100.service", 0, &got);
	assert_int_equal(got.cnt, 1);
	points__get(f->a, "unit", "unit-number-20099.service", 0, &got);
	assert_int_equal(got.cnt, 1);
}

static void test_no_archive(void **state)
{
	const struct archive_config config = {.path = ""};
	struct archive_status s;
	struct archive *a;
	uint64_t id;
	char *json;
	size_t sz;

	(void)state;
	assert_int_equal(archive__new(&config, &a), 0);
	archive__status(a, &s);
	assert_string_equal(s.state, "off");
	assert_string_equal(s.why, "");
	assert_int_equal(put_id(a, 1, 1, 64), -EOPNOTSUPP);
	assert_int_equal(put_point(a, "k", 1, 1, 1), -EOPNOTSUPP);
	assert_int_equal(archive__last_id(a, &id), -EOPNOTSUPP);
	assert_int_equal(archive__incidents(a, 0, 1, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(archive__incident(a, 1, &json, &sz), -EOPNOTSUPP);
	assert_int_equal(archive__history(a, "unit", "k", 0, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(archive__flush(a, 1), -EOPNOTSUPP);
	archive__free(a);
	archive__free(NULL);
}

static void test_path_is_absolute(void **state)
{
	const struct archive_config config = {.path = "archive.db"};
	struct archive *a = NULL;

	(void)state;
	assert_int_equal(archive__new(&config, &a), -EINVAL);
	assert_null(a);
}

static void test_files_are_for_the_owner(void **state)
{
	struct fixture *f = *state;
	mode_t mask = umask(0);
	char path[160], wal[176];
	struct stat st;

	snprintf(path, sizeof(path), "%s/deeper/archive.db", f->dir);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	f->config.path = path;
	fixture__open(f);
	assert_int_equal(put_id(f->a, 1, 1, 64), 0);
	fixture__flush(f);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	fixture__close(f);
	unlink(wal);
	unlink(path);
	/* Nothing else was left there: no index of the log that would be mapped. */
	path[strlen(f->dir) + strlen("/deeper")] = '\0';
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(rmdir(path), 0);
}

/* Signals of the process are for the main loop: no other thread has them unblocked. */
static void test_threads_take_no_signals(void **state)
{
	struct fixture *f = *state;
	unsigned long long blocked;
	unsigned int threads = 0;
	char path[320], line[128];
	DIR *d;

	fixture__open(f);
	d = opendir("/proc/self/task");
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));) {
		FILE *status;

		if (e->d_name[0] == '.' || atoi(e->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", e->d_name);
		status = fopen(path, "re");
		while (status && fgets(line, sizeof(line), status))
			if (sscanf(line, "SigBlk: %llx", &blocked) == 1) {
				assert_true(blocked & (1ull << (SIGTERM - 1)));
				assert_true(blocked & (1ull << (SIGCHLD - 1)));
				assert_true(blocked & (1ull << (SIGXFSZ - 1)));
				threads++;
			}
		if (status)
			fclose(status);
	}
	closedir(d);
	assert_true(threads >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARCHIVE_TEST(test_incident_comes_back_as_it_was),
		ARCHIVE_TEST(test_incident_is_replaced_by_itself_alone),
		ARCHIVE_TEST(test_incident_that_went_on_when_the_daemon_ended),
		ARCHIVE_TEST(test_list_is_newest_first_in_pages),
		ARCHIVE_TEST(test_what_is_too_much_is_refused),
		ARCHIVE_TEST(test_history_comes_back_in_order),
		ARCHIVE_TEST(test_ids_go_on_over_restarts),
		ARCHIVE_TEST(test_whose_directory_it_is),
		ARCHIVE_TEST(test_ids_of_the_pruned_stay_taken),
		ARCHIVE_TEST(test_what_is_too_old_goes),
		ARCHIVE_TEST(test_old_points_are_thinned),
		ARCHIVE_TEST(test_size_holds_under_incidents),
		ARCHIVE_TEST(test_size_is_shared),
		ARCHIVE_TEST(test_series_are_bounded),
		cmocka_unit_test(test_no_archive),
		cmocka_unit_test(test_path_is_absolute),
		ARCHIVE_TEST(test_files_are_for_the_owner),
		ARCHIVE_TEST(test_threads_take_no_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
