// links: daemon/alert/recorder.c daemon/alert/archive*.c daemon/store/*.c daemon/base/*.c daemon/source/identity.c tests/unit/daemon/alert/archive_fixture.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Histories onto a real archive and back, over restarts of the daemon. */
#include "alert/recorder.h"
#include "archive_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SEC    1000000000ull
#define BOOT_S 7777 /* when a daemon starts, seconds since boot */

/* A daemon that looks every ten seconds at one process in one unit. */
struct daemon {
	struct recorder recorder;
	struct store store;
	struct history host;
	int64_t boot_unix_s; /* of this boot's beginning */
};

static int read_unit(void *ctx, uint32_t pid, char **ret)
{
	(void)ctx, (void)pid;
	*ret = strdup("x.service");
	return 0;
}

static void start(struct daemon *d, struct fixture *f, int64_t boot_unix_s)
{
	*d = (struct daemon){.boot_unix_s = boot_unix_s};
	store__init(&d->store);
	d->store.find_unit = read_unit;
	recorder__init(&d->recorder, f->a);
}

static void stop(struct daemon *d)
{
	store__done(&d->store);
	history__done(&d->host);
}

/* From one time to another, seconds since boot, with a count that is told by the time. */
static void run_every(struct daemon *d, uint64_t step_s, uint64_t from_s, uint64_t to_s,
		      uint32_t (*count)(uint64_t t_s))
{
	for (uint64_t t = from_s; t < to_s; t += step_s) {
		struct fds_task_rec rec = {
			.files = 0x1000,
			.start_ns = 5 * SEC,
			.cgroup_id = 7,
			.soft = 1024,
			.hard = 1024,
			.tgid = 42,
			.tid = 42,
			.allocated = count(t),
			.installed = count(t),
			.counted = -1,
		};

		store__begin_pass(&d->store, t * SEC);
		assert_int_equal(store__apply_task(&d->store, &rec), 0);
		store__end_pass(&d->store);
		history__apply(&d->host, t * SEC, 1000 + count(t));
		recorder__apply_pass(&d->recorder, &d->store, &d->host,
				     d->boot_unix_s + (int64_t)t);
	}
}

static void run(struct daemon *d, uint64_t from_s, uint64_t to_s, uint32_t (*count)(uint64_t t_s))
{
	run_every(d, 10, from_s, to_s, count);
}

static uint32_t ten_s(uint64_t t_s)
{
	return t_s / 10;
}

static uint32_t flat(uint64_t t_s)
{
	(void)t_s;
	return 12;
}

static int take(const struct archive_point *p, void *ctx)
{
	struct points *to = ctx;

	to->at[to->cnt++] = *p;
	return 0;
}

/* May be "not now" on a busy machine. */
static void get(const struct recorder *r, const struct recorder_subject *of, int64_t since_s,
		struct points *ret)
{
	int err;

	do {
		ret->cnt = 0;
		err = recorder__read(r, of, since_s, take, ret);
	} while (err == -EAGAIN);
	assert_int_equal(err, 0);
}

static void check_ramp(const struct points *got, int64_t boot_unix_s, uint32_t above)
{
	assert_true(got->cnt >= 5);
	for (size_t i = 0; i < got->cnt; i++) {
		/* A whole minute each, with what was seen in it. */
		uint64_t t_s = got->at[i].time_s - boot_unix_s;

		assert_int_equal(t_s % 60, 0);
		/* Of the first one not all was seen. */
		if (i)
			assert_int_equal(got->at[i].min, above + ten_s(t_s + 7));
		else
			assert_in_range(got->at[i].min, above + ten_s(BOOT_S),
					above + ten_s(BOOT_S + 10));
		assert_int_equal(got->at[i].max, above + ten_s(t_s + 57));
		if (i)
			assert_int_equal(got->at[i].time_s - got->at[i - 1].time_s, 60);
	}
}

static void test_each_minute(void **state)
{
	static struct points got;
	struct fixture *f = *state;
	int64_t boot_unix_s = time(NULL) - 10000;
	struct process *p;
	struct daemon d;

	fixture__open(f);
	start(&d, f, boot_unix_s);
	run(&d, BOOT_S, BOOT_S + 600, ten_s);
	fixture__flush(f);
	p = store__find(&d.store, 42, 42);
	get(&d.recorder, &(struct recorder_subject){.process = p}, 0, &got);
	check_ramp(&got, boot_unix_s, 0);
	get(&d.recorder, &(struct recorder_subject){.unit = "x.service"}, 0, &got);
	check_ramp(&got, boot_unix_s, 0);
	get(&d.recorder, &(struct recorder_subject){.host = true}, 0, &got);
	check_ramp(&got, boot_unix_s, 1000);
	get(&d.recorder, &(struct recorder_subject){.unit = "y.service"}, 0, &got);
	assert_int_equal(got.cnt, 0);
	stop(&d);
}

static void test_what_stands_still(void **state)
{
	static struct points got;
	struct fixture *f = *state;
	struct process *p;
	struct daemon d;

	fixture__open(f);
	start(&d, f, time(NULL) - 20000);
	run(&d, BOOT_S, BOOT_S + 7200, flat);
	fixture__flush(f);
	p = store__find(&d.store, 42, 42);
	get(&d.recorder, &(struct recorder_subject){.process = p}, 0, &got);
	/* One in half an hour, not one in each minute. */
	assert_int_equal(got.cnt, 4);
	for (size_t i = 0; i < got.cnt; i++) {
		assert_int_equal(got.at[i].min, 12);
		assert_int_equal(got.at[i].max, 12);
		if (i)
			assert_int_equal(got.at[i].time_s - got.at[i - 1].time_s, RECORDER_HOLD_S);
	}
	stop(&d);
}

/* Each minute in which somebody looked, however seldom. */
static void test_passes_far_apart(void **state)
{
	static const uint64_t steps_s[] = {61, 90, 121, 600};
	static struct points got;
	struct fixture *f = *state;
	struct daemon d;

	fixture__open(f);
	for (size_t i = 0; i < sizeof(steps_s) / sizeof(*steps_s); i++) {
		start(&d, f, time(NULL) - 20000);
		snprintf(d.recorder.boot, sizeof(d.recorder.boot), "boot-%zu", i);
		run_every(&d, steps_s[i], BOOT_S, BOOT_S + 7200, ten_s);
		fixture__flush(f);
		get(&d.recorder,
		    &(struct recorder_subject){.process = store__find(&d.store, 42, 42)}, 0, &got);
		/* The first one is too young for minutes, the last one not over. */
		assert_in_range(got.cnt, 7200 / steps_s[i] - 2, 7200 / steps_s[i] + 1);
		for (size_t k = 1; k < got.cnt; k++)
			assert_true(got.at[k].time_s > got.at[k - 1].time_s);
		stop(&d);
	}
}

/* A daemon that starts with the host, in its first minute. */
static void test_right_after_boot(void **state)
{
	static struct points got;
	struct fixture *f = *state;
	int64_t boot_unix_s = time(NULL) - 1000;
	struct daemon d;

	fixture__open(f);
	start(&d, f, boot_unix_s);
	run(&d, 1, 600, ten_s);
	fixture__flush(f);
	get(&d.recorder, &(struct recorder_subject){.unit = "x.service"}, 0, &got);
	assert_int_equal(got.cnt, 9);
	for (size_t i = 0; i < got.cnt; i++)
		assert_int_equal(got.at[i].time_s, boot_unix_s + 60 * (int64_t)i);
	stop(&d);
}

static void test_over_restarts(void **state)
{
	static struct points got;
	struct fixture *f = *state;
	int64_t boot_unix_s = time(NULL) - 10000;
	struct process *p;
	struct daemon d;
	size_t before;

	fixture__open(f);
	start(&d, f, boot_unix_s);
	run(&d, BOOT_S, BOOT_S + 600, ten_s);
	fixture__flush(f);
	get(&d.recorder, &(struct recorder_subject){.unit = "x.service"}, 0, &got);
	before = got.cnt;
	stop(&d);
	fixture__close(f);

	/* The same process goes on under another daemon. */
	fixture__open(f);
	start(&d, f, boot_unix_s);
	run(&d, BOOT_S + 1200, BOOT_S + 1800, ten_s);
	fixture__flush(f);
	p = store__find(&d.store, 42, 42);
	get(&d.recorder, &(struct recorder_subject){.process = p}, 0, &got);
	assert_true(got.cnt >= 2 * before - 1);
	assert_true(got.at[0].time_s < boot_unix_s + BOOT_S + 600);
	/* Another boot's process of that number, at that time, is another. */
	strcpy(d.recorder.boot, "another");
	get(&d.recorder, &(struct recorder_subject){.process = p}, 0, &got);
	assert_int_equal(got.cnt, 0);
	/* Units go on. */
	get(&d.recorder, &(struct recorder_subject){.unit = "x.service"},
	    boot_unix_s + BOOT_S + 600, &got);
	assert_true(got.cnt >= before - 1 && got.cnt <= before + 1);
	stop(&d);
}

static void test_no_archive(void **state)
{
	static struct points got;
	struct fixture *f = *state;
	struct daemon d;

	f->config.path = "";
	fixture__open(f);
	start(&d, f, time(NULL) - 10000);
	run(&d, BOOT_S, BOOT_S + 300, ten_s);
	assert_int_equal(recorder__read(&d.recorder, &(struct recorder_subject){.host = true}, 0,
					take, &got),
			 -EOPNOTSUPP);
	stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARCHIVE_TEST(test_each_minute),	     ARCHIVE_TEST(test_what_stands_still),
		ARCHIVE_TEST(test_passes_far_apart), ARCHIVE_TEST(test_over_restarts),
		ARCHIVE_TEST(test_right_after_boot), ARCHIVE_TEST(test_no_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
