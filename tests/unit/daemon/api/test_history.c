// links: daemon/api/*.c daemon/alert/*.c daemon/detect/*.c daemon/base/*.c daemon/store/*.c daemon/source/syscalls.c daemon/source/kind/*.c daemon/source/procfs*.c tests/unit/daemon/api/[fs]*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/history: what an archive of points looks like when time has passed over it. */
#include "fixture.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MEMORY_BEGIN_S 4 /* since boot: what the fixture's only pass fell into */

/* The archive of the test: points of the process, and the minutes in which the daemon was there. */
static struct {
	struct archive_point own[64];
	size_t own_cnt;
	int64_t there_from_s[4], there_to_s[4];
	size_t there_cnt;
	int error;
} disk;

static int stub_points(void *ctx, const struct recorder_subject *of, int64_t since_s,
		       archive_point_fn fn, void *fn_ctx)
{
	(void)ctx;
	for (size_t i = 0; i < disk.own_cnt && !of->host; i++)
		if (disk.own[i].time_s >= since_s && fn(&disk.own[i], fn_ctx))
			return 1;
	for (size_t i = 0; i < disk.there_cnt && of->host; i++)
		for (int64_t t = disk.there_from_s[i]; t < disk.there_to_s[i]; t += 60)
			if (t >= since_s && fn(&(struct archive_point){t, 1, 1}, fn_ctx))
				return 1;
	return disk.error;
}

/* Unix time of a moment of this boot, as the daemon has it but for a second. */
static int64_t unix_s(int64_t boot_s)
{
	return time(NULL) - (int64_t)(clock__now_ns() / NSEC_PER_SEC) + boot_s;
}

static void own(int64_t time_s, uint32_t min, uint32_t max)
{
	disk.own[disk.own_cnt++] = (struct archive_point){time_s, min, max};
}

static void there(int64_t from_s, int64_t to_s)
{
	disk.there_from_s[disk.there_cnt] = from_s;
	disk.there_to_s[disk.there_cnt++] = to_s;
}

static json_t *ask(struct fixture *f, const char *target)
{
	f->backend.old_points = stub_points;
	return fixture__get(f, target, 200);
}

static void check(const json_t *answer, size_t i, int64_t time_s, int64_t step_s, int64_t max)
{
	const json_t *p = json_array_get(json_object_get(answer, "points"), i);

	assert_int_equal(json_integer_value(json_object_get(p, "time_s")), time_s);
	assert_in_range(json_integer_value(json_object_get(p, "step_s")), step_s - 1, step_s + 1);
	assert_int_equal(json_integer_value(json_object_get(p, "max")), max);
}

static size_t point_cnt(const json_t *answer)
{
	return json_array_size(json_object_get(answer, "points"));
}

static int setup(void **state)
{
	memset(&disk, 0, sizeof(disk));
	return fixture__init(state);
}

/* A point holds until the next, at most half an hour, then it is not known. */
static void test_hold(void **state)
{
	int64_t begin_s = unix_s(MEMORY_BEGIN_S) - 7200;
	json_t *answer;

	own(begin_s, 5, 7);
	own(begin_s + 60, 9, 9);
	own(begin_s + 660, 8, 8);
	there(begin_s, begin_s + 7200);
	answer = ask(*state, "/v1/history?pid=102");
	check(answer, 0, begin_s, 60, 7);
	check(answer, 1, begin_s + 60, 600, 9);
	check(answer, 2, begin_s + 660, RECORDER_HOLD_S, 8);
	/* And what is in memory. */
	assert_int_equal(point_cnt(answer), 4);
	check(answer, 3,
	      json_integer_value(json_object_get(
		      json_array_get(json_object_get(answer, "points"), 3), "time_s")),
	      4, 700);
	json_decref(answer);
}

/* Where the daemon was not running nothing is known, although a point came before. */
static void test_downtime(void **state)
{
	int64_t begin_s = unix_s(MEMORY_BEGIN_S) - 7200;
	json_t *answer;

	own(begin_s, 5, 5);
	own(begin_s + 1200, 6, 6);
	own(begin_s + 1260, 7, 7);
	there(begin_s, begin_s + 300);
	there(begin_s + 1200, begin_s + 1500);
	answer = ask(*state, "/v1/history?pid=102");
	check(answer, 0, begin_s, 300, 5);
	check(answer, 1, begin_s + 1200, 60, 6);
	check(answer, 2, begin_s + 1260, 240, 7);
	json_decref(answer);
}

/* Of more than a day ago no minutes are kept. */
static void test_thinned(void **state)
{
	int64_t begin_s = unix_s(MEMORY_BEGIN_S) - 3 * 86400;
	json_t *answer;

	own(begin_s, 5, 5);
	own(begin_s + 1800, 6, 6);
	answer = ask(*state, "/v1/history?pid=102");
	check(answer, 0, begin_s, 1800, 5);
	check(answer, 1, begin_s + 1800, 1800, 6);
	json_decref(answer);
}

static void test_since(void **state)
{
	int64_t begin_s = unix_s(MEMORY_BEGIN_S) - 7200;
	char target[96];
	json_t *answer;

	own(begin_s, 5, 5);
	own(begin_s + 60, 6, 6);
	there(begin_s, begin_s + 7200);
	/* One that holds until then is told. */
	snprintf(target, sizeof(target), "/v1/history?pid=102&since=%lld",
		 (long long)begin_s + 600);
	answer = ask(*state, target);
	check(answer, 0, begin_s + 60, RECORDER_HOLD_S, 6);
	json_decref(answer);
	snprintf(target, sizeof(target), "/v1/history?pid=102&since=%lld",
		 (long long)begin_s + 60 + RECORDER_HOLD_S + 1);
	answer = ask(*state, target);
	assert_int_equal(point_cnt(answer), 1);
	json_decref(answer);
}

static void test_archive_state(void **state)
{
	static const struct {
		int error;
		const char *state;
	} cases[] = {{0, "ok"}, {-EAGAIN, "unavailable"}, {-EOPNOTSUPP, "off"}};
	struct fixture *f = *state;
	json_t *answer;

	for (size_t i = 0; i < 3; i++) {
		disk.error = cases[i].error;
		answer = ask(f, "/v1/history");
		assert_string_equal(json_string_value(json_object_get(answer, "archive")),
				    cases[i].state);
		json_decref(answer);
	}
	/* The disk is not for the questions of everybody. */
	disk.error = 0;
	own(unix_s(MEMORY_BEGIN_S) - 7200, 5, 5);
	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	answer = ask(f, "/v1/history?pid=102");
	assert_string_equal(json_string_value(json_object_get(answer, "archive")), "off");
	assert_int_equal(point_cnt(answer), 1);
	json_decref(answer);
}

/* A unit that is gone, and a daemon that has not seen it: the archive knows it. */
static void test_unit_of_the_archive(void **state)
{
	int64_t begin_s = unix_s(MEMORY_BEGIN_S) - 7200;
	json_t *answer;

	own(begin_s, 5, 5);
	answer = ask(*state, "/v1/history?unit=gone.service");
	assert_true(json_is_null(json_object_get(answer, "allocated")));
	check(answer, 0, begin_s, RECORDER_HOLD_S, 5);
	json_decref(answer);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, fixture__done)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(test_hold),		 WITH_SERVER(test_downtime),
		WITH_SERVER(test_thinned),	 WITH_SERVER(test_since),
		WITH_SERVER(test_archive_state), WITH_SERVER(test_unit_of_the_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
