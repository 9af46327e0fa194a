// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tests of the archive share; see archive_fixture.h. */
#include "archive_fixture.h"

#include "base/clock.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define POLL_US 2000

int fixture__setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	log__set_level(LOG_CRIT);
	snprintf(f->dir, sizeof(f->dir), "/tmp/archive-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/archive.db", f->dir);
	snprintf(f->wal, sizeof(f->wal), "%s-wal", f->path);
	f->config = (struct archive_config){.path = f->path, .max_bytes = 64 * MIB, .retry_ms = 20};
	*state = f;
	return 0;
}

static void empty_dir(const char *dir)
{
	DIR *d = opendir(dir);

	for (const struct dirent *e; d && (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    unlinkat(dirfd(d), e->d_name, 0) && errno == EISDIR)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
}

int fixture__teardown(void **state)
{
	struct fixture *f = *state;

	archive__free(f->a);
	empty_dir(f->dir);
	rmdir(f->dir);
	free(f);
	return 0;
}

void fixture__open(struct fixture *f)
{
	assert_null(f->a);
	assert_int_equal(archive__new(&f->config, &f->a), 0);
}

void fixture__close(struct fixture *f)
{
	archive__free(f->a);
	f->a = NULL;
}

void fixture__wait_state(struct fixture *f, const char *state)
{
	uint64_t end_ns = clock__now_ns() + DEADLINE_MS * NSEC_PER_MSEC;
	struct archive_status status;

	for (;;) {
		archive__status(f->a, &status);
		if (strcmp(status.state, state) == 0)
			return;
		if (clock__now_ns() > end_ns)
			fail_msg("state is %s (%s), not %s", status.state, status.why, state);
		usleep(POLL_US);
	}
}

void fixture__flush(struct fixture *f)
{
	assert_int_equal(archive__flush(f->a, DEADLINE_MS), 0);
}

uint64_t fixture__bytes(const struct fixture *f)
{
	uint64_t sum = 0;
	struct stat st;

	if (stat(f->path, &st) == 0)
		sum += st.st_size;
	if (stat(f->wal, &st) == 0)
		sum += st.st_size;
	return sum;
}

unsigned int fixture__aside_cnt(const struct fixture *f)
{
	DIR *d = opendir(f->dir);
	unsigned int cnt = 0;

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name);

		cnt += strstr(e->d_name, "archive.db.damaged-") == e->d_name &&
		       strcmp(e->d_name + len - 4, "-wal") != 0;
	}
	closedir(d);
	return cnt;
}

sqlite3 *fixture__handle(const struct fixture *f)
{
	sqlite3 *db;

	/* As the archive opens it, which keeps all others out. */
	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
					 "unix-excl"),
			 SQLITE_OK);
	sqlite3_busy_timeout(db, DEADLINE_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return db;
}

void fixture__exec(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error))
		fail_msg("%s: %s", sql, error);
}

int64_t fixture__number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t value;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

const char *pattern(uint64_t id, size_t sz)
{
	static char buf[ARCHIVE_JSON_MAX + 2];
	int len =
		snprintf(buf, sizeof(buf), "{\"id\":%llu,\"sz\":%zu}", (unsigned long long)id, sz);

	assert_true(sz <= ARCHIVE_JSON_MAX + 1 && (size_t)len <= sz);
	for (size_t i = len; i < sz; i++)
		buf[i] = 'a' + (id * 7 + i) % 26;
	return buf;
}

void check_pattern(uint64_t id, const char *json, size_t sz)
{
	assert_memory_equal(json, pattern(id, sz), sz);
	assert_int_equal(json[sz], '\0');
}

int put_id(struct archive *a, uint64_t id, int64_t opened_s, size_t sz)
{
	const struct archive_incident i = {
		.id = id,
		.opened_s = opened_s,
		.pid = id % 4194304,
		.comm = "storm",
		.unit = "storm.service",
		.rule = "near-limit",
		.kind = "limit",
		.severity = "warning",
		.message = "900 of 1024 descriptors",
		.json = pattern(id, sz),
		.json_sz = sz,
	};

	return archive__put_incident(a, &i);
}

int put_point(struct archive *a, const char *key, int64_t time_s, uint32_t min, uint32_t max)
{
	const struct archive_point p = {.time_s = time_s, .min = min, .max = max};

	return archive__put_point(a, "unit", key, &p);
}

static int keep_incident(const struct archive_incident *i, void *ctx)
{
	struct list *l = ctx;
	struct archive_incident *to = &l->items[l->cnt++];

	assert_true(l->cnt <= ARCHIVE_LIST_MAX);
	*to = *i;
	to->comm = strdup(i->comm);
	to->unit = strdup(i->unit);
	to->rule = strdup(i->rule);
	to->kind = strdup(i->kind);
	to->severity = strdup(i->severity);
	to->message = strdup(i->message);
	return 0;
}

/* -EAGAIN, until the deadline, is a reason to ask again. */
static bool ask_again(int err, uint64_t begin_ns)
{
	if (err != -EAGAIN || clock__now_ns() > begin_ns + DEADLINE_MS * NSEC_PER_MSEC)
		return false;
	usleep(POLL_US);
	return true;
}

void list__get(struct archive *a, uint64_t before_id, unsigned int limit, struct list *ret)
{
	uint64_t begin_ns = clock__now_ns();
	int err;

	ret->items = calloc(ARCHIVE_LIST_MAX + 1, sizeof(*ret->items));
	ret->cnt = 0;
	do {
		err = archive__incidents(a, before_id, limit, keep_incident, ret);
	} while (ask_again(err, begin_ns));
	assert_int_equal(err, 0);
}

void list__done(struct list *l)
{
	for (size_t i = 0; i < l->cnt; i++) {
		free((char *)l->items[i].comm);
		free((char *)l->items[i].unit);
		free((char *)l->items[i].rule);
		free((char *)l->items[i].kind);
		free((char *)l->items[i].severity);
		free((char *)l->items[i].message);
	}
	free(l->items);
}

int get_json(struct archive *a, uint64_t id, char **ret, size_t *ret_sz)
{
	uint64_t begin_ns = clock__now_ns();
	int err;

	do {
		err = archive__incident(a, id, ret, ret_sz);
	} while (ask_again(err, begin_ns));
	return err;
}

static int keep_point(const struct archive_point *p, void *ctx)
{
	struct points *points = ctx;

	assert_true(points->cnt < ARCHIVE_HISTORY_MAX);
	points->at[points->cnt++] = *p;
	return 0;
}

void points__get(struct archive *a, const char *kind, const char *key, int64_t since_s,
		 struct points *ret)
{
	uint64_t begin_ns = clock__now_ns();
	int err;

	ret->cnt = 0;
	do {
		err = archive__history(a, kind, key, since_s, keep_point, ret);
	} while (ask_again(err, begin_ns));
	assert_int_equal(err, 0);
}
