/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the archive share: a directory of their own, records, and waiting for states.
 */
#ifndef FDSCOPE_ARCHIVE_FIXTURE_H
#define FDSCOPE_ARCHIVE_FIXTURE_H

#include "alert/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sqlite3.h>

#define MIB ((uint64_t)1 << 20)
/* Of what must come, on a machine that is busy with other things. */
#define DEADLINE_MS 60000

struct fixture {
	char dir[64], path[128], wal[160];
	struct archive_config config;
	struct archive *a;
};

int fixture__setup(void **state);
int fixture__teardown(void **state);
void fixture__open(struct fixture *f);
void fixture__close(struct fixture *f);
/* Until the archive says so. */
void fixture__wait_state(struct fixture *f, const char *state);
/* All that was put is written, nothing dropped. */
void fixture__flush(struct fixture *f);
/* Bytes of the file and its log, as the file system says. */
uint64_t fixture__bytes(const struct fixture *f);
/* Files that were set aside. */
unsigned int fixture__aside_cnt(const struct fixture *f);
/* Another handle on the same file. */
sqlite3 *fixture__handle(const struct fixture *f);
void fixture__exec(sqlite3 *db, const char *sql);
int64_t fixture__number(sqlite3 *db, const char *sql);

/* JSON that tells its own id and length; static. */
const char *pattern(uint64_t id, size_t sz);
void check_pattern(uint64_t id, const char *json, size_t sz);
int put_id(struct archive *a, uint64_t id, int64_t opened_s, size_t sz);
int put_point(struct archive *a, const char *key, int64_t time_s, uint32_t min, uint32_t max);

/* Queries that a busy machine may answer with "not now". */
struct list {
	struct archive_incident *items; /* texts are copies */
	size_t cnt;
};
void list__get(struct archive *a, uint64_t before_id, unsigned int limit, struct list *ret);
void list__done(struct list *l);
int get_json(struct archive *a, uint64_t id, char **ret, size_t *ret_sz);
struct points {
	struct archive_point at[ARCHIVE_HISTORY_MAX];
	size_t cnt;
};
void points__get(struct archive *a, const char *kind, const char *key, int64_t since_s,
		 struct points *ret);

#define ARCHIVE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture__setup, fixture__teardown)

#endif
