/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans for the tests of judges of lasting traps: traces by hand, judged forwards and backwards,
 * since their order must not matter.
 */
#ifndef FDSCOPE_TEST_SCANS_H
#define FDSCOPE_TEST_SCANS_H

#include "fake_host.h"

#define MS	   1000000ull
#define CNT_OF(a)  (sizeof(a) / sizeof((a)[0]))
#define TABLE(pid) (0xffff888000000000ull + 64 * (uint64_t)(pid))

/* What process `pid` has under number `fd`. */
static inline struct fds_trace_rec trace(uint32_t what, uint64_t file, uint32_t pid, int32_t fd)
{
	struct fds_trace_rec rec = {
		.what = what,
		.file = file,
		.files = TABLE(pid),
		.start_ns = pid,
		.inode = 1000 + (file & 0xff),
		.dev = 3 << 20 | 1,
		.tgid = pid,
		.tid = pid,
		.uid = 1000,
		.euid = 1000,
		.fd = fd,
		.name = "file",
	};

	snprintf(rec.comm, sizeof(rec.comm), "task-%u", pid);
	return rec;
}

/* Of a thread of `pid` with a table of its own. */
static inline struct fds_trace_rec by_thread(struct fds_trace_rec rec, uint32_t tid)
{
	rec.tid = tid;
	rec.files = TABLE(tid);
	return rec;
}

static inline void scan(struct fake_host *h, uint64_t now_ns, const struct fds_trace_rec *recs,
			size_t cnt, bool backwards)
{
	judge__begin_scan(&h->judge);
	for (size_t i = 0; i < cnt; i++)
		judge__apply_trace(&h->judge, &recs[backwards ? cnt - 1 - i : i]);
	judge__end_scan(&h->judge, now_ns);
}

/* Two scans that are far enough apart, in one order or the other. */
static inline void scan_twice(struct fake_host *h, const struct fds_trace_rec *recs, size_t cnt,
			      bool backwards)
{
	scan(h, 1000 * MS, recs, cnt, backwards);
	scan(h, 1200 * MS, recs, cnt, backwards);
}

/* The judge tells `told` hazards of these traces, whatever their order. */
static inline void expect_told(unsigned int told, const struct fds_trace_rec *recs, size_t cnt)
{
	for (int backwards = 0; backwards < 2; backwards++) {
		static struct fake_host h;

		fake_host__init(&h, NULL);
		h.judge.deleted_sz = 1;
		scan_twice(&h, recs, cnt, backwards);
		assert_int_equal(h.news_cnt, told);
		fake_host__done(&h);
	}
}

#define EXPECT_TOLD(told, ...)                                                                     \
	do {                                                                                       \
		const struct fds_trace_rec recs_[] = {__VA_ARGS__};                                \
		expect_told((told), recs_, CNT_OF(recs_));                                         \
	} while (0)

#define SCAN(h, now_ns, ...)                                                                       \
	do {                                                                                       \
		const struct fds_trace_rec recs_[] = {__VA_ARGS__};                                \
		scan((h), (now_ns), recs_, CNT_OF(recs_), false);                                  \
	} while (0)

#define SCAN_TWICE(h, ...)                                                                         \
	do {                                                                                       \
		const struct fds_trace_rec recs_[] = {__VA_ARGS__};                                \
		scan_twice((h), recs_, CNT_OF(recs_), false);                                      \
	} while (0)

static inline int scans_setup(void **state)
{
	static struct fake_host h;

	fake_host__init(&h, NULL);
	*state = &h;
	return 0;
}

static inline int scans_teardown(void **state)
{
	fake_host__done(*state);
	return 0;
}

#define SCANS_TEST(f) cmocka_unit_test_setup_teardown(f, scans_setup, scans_teardown)

#endif
