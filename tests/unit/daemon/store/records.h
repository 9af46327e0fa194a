/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the store have in common: records as the iterator gives them, passes made of
 * them, and an ear for the news.
 */
#ifndef FDSCOPE_TEST_RECORDS_H
#define FDSCOPE_TEST_RECORDS_H

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEC	  1000000000ull
#define CNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define HEARD_MAX 64

/* The address that the table of a process has unless a test says otherwise. */
#define TABLE_OF(pid) (0xffff888000000000ull + 64 * (uint64_t)(pid))

struct heard {
	struct news list[HEARD_MAX];
	unsigned int cnt;
};

static inline void hear(void *ctx, const struct news *n)
{
	struct heard *h = ctx;

	assert_true(h->cnt < HEARD_MAX);
	h->list[h->cnt++] = *n;
}

static inline struct fds_task_rec task(uint32_t pid, uint32_t allocated)
{
	struct fds_task_rec rec = {
		.files = TABLE_OF(pid),
		.start_ns = pid * SEC,
		.exec_id = 1,
		.soft = 100,
		.hard = 4096,
		.opens = FDS_UNKNOWN,
		.closes = FDS_UNKNOWN,
		.failures = FDS_UNKNOWN,
		.tgid = pid,
		.tid = pid,
		.ppid = 1,
		.ns_tgid = pid,
		.uid = 1000,
		.euid = 1000,
		.allocated = allocated,
		.installed = allocated,
		.below_soft = allocated < 100 ? allocated : 100,
		.highest = (int32_t)allocated - 1,
		.counted = -1,
		.threads = 1,
		.max_fds = 256,
	};

	snprintf(rec.comm, sizeof(rec.comm), "task-%u", pid);
	return rec;
}

/* A thread of `pid`, with a table of its own. */
static inline struct fds_task_rec thread(uint32_t pid, uint32_t tid, uint32_t allocated)
{
	struct fds_task_rec rec = task(pid, allocated);

	rec.tid = tid;
	rec.files = TABLE_OF(tid);
	return rec;
}

/* A leader that has ended; with or without threads that live on. */
static inline struct fds_task_rec zombie(uint32_t pid)
{
	struct fds_task_rec rec = task(pid, 0);

	rec.files = 0;
	rec.flags = FDS_TASK_ZOMBIE;
	return rec;
}

/* The same record, read while the table changed hands: numbers that mean nothing. */
static inline struct fds_task_rec torn(struct fds_task_rec rec)
{
	rec.flags |= FDS_TASK_TORN;
	rec.files = 0xdead;
	rec.allocated = 77777;
	rec.installed = 77777;
	rec.highest = 77776;
	return rec;
}

static inline void pass(struct store *s, uint64_t now_ns, const struct fds_task_rec *recs,
			size_t cnt)
{
	store__begin_pass(s, now_ns);
	for (size_t i = 0; i < cnt; i++)
		assert_int_equal(store__apply_task(s, &recs[i]), 0);
	store__end_pass(s);
}

/* A pass over the records that are listed. */
#define PASS(s, now_ns, ...)                                                                       \
	do {                                                                                       \
		const struct fds_task_rec recs_[] = {__VA_ARGS__};                                 \
		pass((s), (now_ns), recs_, CNT_OF(recs_));                                         \
	} while (0)

/* The row, which must be there. */
static inline struct process *row(const struct store *s, uint32_t pid, uint32_t tid)
{
	struct process *p = store__find(s, pid, tid);

	if (!p)
		fail_msg("no row %u/%u", pid, tid);
	return p;
}

static inline struct table *table(const struct store *s, uint32_t pid)
{
	struct table *t = row(s, pid, pid)->table;

	if (!t)
		fail_msg("%u has no table", pid);
	return t;
}

static inline int store_setup(void **state)
{
	struct store *s = malloc(sizeof(*s));

	store__init(s);
	*state = s;
	return 0;
}

static inline int store_teardown(void **state)
{
	struct store *s = *state;

	store__done(s);
	free(s);
	return 0;
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, store_setup, store_teardown)

#endif
