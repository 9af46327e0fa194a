// SPDX-License-Identifier: GPL-2.0-or-later
/* How the archive's database is opened, judged, begun and closed; see archive_db.h. */
#include "alert/archive_db.h"
#include "alert/archive_file.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CACHE_KIB      1024
#define BUSY_STEP_MS   5
#define BUSY_STEPS_MAX 100 /* of a lock that somebody else holds */
#define PROGRESS_STEPS 10000
#define QUICK_CHECK_NS NSEC_PER_SEC
#define WAL_BYTES_MAX  ((uint64_t)16 << 20)
#define TEXT_OF_(x)    #x
#define TEXT_OF(x)     TEXT_OF_(x)

/* `first_s` and `last_s` of a series are those of its points, the latter to half an hour. */
static const char schema_sql[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE incidents(id INTEGER PRIMARY KEY, opened_s INTEGER NOT NULL,"
	" cleared_s INTEGER NOT NULL, ended_unseen INTEGER NOT NULL, pid INTEGER NOT NULL,"
	" comm TEXT NOT NULL, unit TEXT NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL,"
	" severity TEXT NOT NULL, message TEXT NOT NULL, json BLOB);"
	"CREATE INDEX incidents_by_time ON incidents(opened_s);"
	"CREATE TABLE series(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"
	" first_s INTEGER NOT NULL, last_s INTEGER NOT NULL, thinned_s INTEGER NOT NULL,"
	" UNIQUE(kind, key));"
	"CREATE INDEX series_by_first ON series(first_s);"
	"CREATE INDEX series_by_last ON series(last_s);"
	"CREATE INDEX series_by_thinned ON series(thinned_s);"
	"CREATE TABLE points(series INTEGER, time_s INTEGER, min INTEGER NOT NULL,"
	" max INTEGER NOT NULL, PRIMARY KEY(series, time_s)) WITHOUT ROWID;"
	"PRAGMA application_id = " TEXT_OF(ARCHIVE_APPLICATION_ID) ";"
								   "PRAGMA user_version = " TEXT_OF(
									   ARCHIVE_SCHEMA) ";";

static const char *const stmt_sql[STMT_CNT] = {
	[STMT_META_GET] = "SELECT value FROM meta WHERE key = ?",
	[STMT_META_SET] = "INSERT OR REPLACE INTO meta VALUES(?, ?)",
	[STMT_INCIDENT_SIZE] = "SELECT length(json), opened_s FROM incidents WHERE id = ?",
	[STMT_INCIDENT_PUT] = "INSERT INTO incidents(id, opened_s, cleared_s, ended_unseen, pid,"
			      " comm, unit, rule, kind, severity, message, json)"
			      " VALUES(?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
			      " ON CONFLICT(id) DO UPDATE SET cleared_s = ?3, ended_unseen = 0,"
			      " pid = ?4, comm = ?5, unit = ?6, rule = ?7, kind = ?8,"
			      " severity = ?9, message = ?10, json = ?11",
	[STMT_INCIDENT_DELETE] = "DELETE FROM incidents WHERE id = ?",
	[STMT_INCIDENT_AGED] = "SELECT id, length(json) FROM incidents WHERE opened_s < ?"
			       " ORDER BY opened_s LIMIT 1",
	[STMT_INCIDENT_OLDEST] = "SELECT id, length(json) FROM incidents ORDER BY id LIMIT 1",
	[STMT_SERIES_FIND] = "SELECT id, first_s, last_s, thinned_s FROM series"
			     " WHERE kind = ? AND key = ?",
	[STMT_SERIES_ADD] = "INSERT INTO series(kind, key, first_s, last_s, thinned_s)"
			    " VALUES(?1, ?2, ?3, ?3, ?4)",
	[STMT_SERIES_SET] = "UPDATE series SET first_s = ?, last_s = ?, thinned_s = ?"
			    " WHERE id = ?",
	[STMT_SERIES_FIRST] = "UPDATE series SET first_s = ? WHERE id = ?",
	[STMT_SERIES_DELETE] = "DELETE FROM series WHERE id = ?",
	[STMT_SERIES_OLDEST] = "SELECT id, first_s FROM series WHERE first_s < ?"
			       " ORDER BY first_s LIMIT 1",
	[STMT_SERIES_UNUSED] = "SELECT id, last_s FROM series ORDER BY last_s LIMIT 1",
	[STMT_SERIES_THICK] = "SELECT id, first_s, last_s, thinned_s FROM series"
			      " WHERE thinned_s < ? ORDER BY thinned_s LIMIT 1",
	[STMT_POINT_MERGE] = "UPDATE points SET min = min(min, ?3), max = max(max, ?4)"
			     " WHERE series = ?1 AND time_s = ?2",
	[STMT_POINT_ADD] = "INSERT INTO points VALUES(?, ?, ?, ?)",
	[STMT_POINT_FIRST] = "SELECT time_s FROM points WHERE series = ? AND time_s >= ?"
			     " ORDER BY time_s LIMIT 1",
	[STMT_POINT_SUM] = "SELECT count(*), min(time_s), min(min), max(max) FROM points"
			   " WHERE series = ? AND time_s >= ? AND time_s < ?",
	[STMT_POINT_DELETE] = "DELETE FROM points WHERE series = ? AND time_s >= ?"
			      " AND time_s < ?",
	[STMT_PAGES] = "PRAGMA page_count",
	[STMT_FREE_PAGES] = "PRAGMA freelist_count",
};

void archive_db__init(struct archive_db *d, const struct archive_config *c,
		      bool (*give_up)(void *ctx), void *ctx)
{
	uint64_t bytes = c->max_bytes > ARCHIVE_BYTES_MIN ? c->max_bytes : ARCHIVE_BYTES_MIN;
	uint64_t wal_bytes = bytes / 4 < WAL_BYTES_MAX ? bytes / 4 : WAL_BYTES_MAX;
	uint64_t pages = (bytes - wal_bytes) / ARCHIVE_PAGE_SZ;

	*d = (struct archive_db){.max_age_s = c->max_age_s, .give_up = give_up, .ctx = ctx};
	d->wal_page_max = wal_bytes / ARCHIVE_FRAME_SZ;
	d->page_max = pages < INT32_MAX ? pages : INT32_MAX;
}

static int on_busy(void *ctx, int cnt)
{
	const struct archive_db *d = ctx;

	if (cnt >= BUSY_STEPS_MAX || d->give_up(d->ctx))
		return 0;
	sqlite3_sleep(BUSY_STEP_MS);
	return 1;
}

static int on_progress(void *ctx)
{
	const struct archive_db *d = ctx;

	return d->give_up(d->ctx);
}

static int on_commit(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct archive_db *d = ctx;

	(void)db;
	(void)name;
	d->wal_pages = pages;
	return SQLITE_OK;
}

/* The one integer that a statement answers. */
static int ask(struct archive_db *d, const char *sql, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(d->db, sql, -1, &stmt, NULL))
		return archive_db__error(d, "open");
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		*ret = sqlite3_column_int64(stmt, 0);
		break;
	case SQLITE_DONE:
		*ret = 0;
		break;
	default:
		err = archive_db__error(d, "open");
	}
	sqlite3_finalize(stmt);
	return err;
}

/* Whose database is it?  Nothing is written before that is known.  *ret_fresh: nobody's yet. */
static int judge(struct archive_db *d, bool *ret_fresh)
{
	int64_t application = 0, version = 0, tables = 0;
	int err;

	err = ask(d, "SELECT count(*) FROM sqlite_schema", &tables);
	if (!err)
		err = ask(d, "PRAGMA application_id", &application);
	if (!err)
		err = ask(d, "PRAGMA user_version", &version);
	if (err)
		return err;

	if (!application && !version && !tables) {
		*ret_fresh = true;
		return 0;
	}
	if (application != ARCHIVE_APPLICATION_ID) {
		snprintf(d->why, sizeof(d->why), "a database of another program");
		return -EMEDIUMTYPE;
	}
	if (version > ARCHIVE_SCHEMA) {
		snprintf(d->why, sizeof(d->why), "made by a newer version (schema %lld)",
			 (long long)version);
		return -EMEDIUMTYPE;
	}
	if (version < ARCHIVE_SCHEMA) {
		snprintf(d->why, sizeof(d->why), "schema %lld, which never was",
			 (long long)version);
		return -EBADMSG;
	}
	*ret_fresh = false;
	return 0;
}

/*
 * Each commit reaches the disk (synchronous=FULL): the incident before a crash of the machine is
 * the one that people look for, and nobody waits for this thread.
 */
static int set_up(struct archive_db *d, bool fresh)
{
	char sql[512];
	int err;

	if (fresh) {
		err = archive_db__exec(
			d, "PRAGMA page_size = " TEXT_OF(
				   ARCHIVE_PAGE_SZ) "; PRAGMA auto_vacuum = INCREMENTAL");
		if (err)
			return err;
	}
	snprintf(sql, sizeof(sql),
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		 "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = %llu;"
		 "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;"
		 "PRAGMA secure_delete = OFF; PRAGMA cell_size_check = ON;"
		 "PRAGMA max_page_count = %u",
		 (unsigned long long)d->wal_page_max * ARCHIVE_FRAME_SZ, CACHE_KIB, d->page_max);
	err = archive_db__exec(d, sql);
	/* Only now: wal_autocheckpoint is a hook, too, and the last one counts. */
	sqlite3_wal_hook(d->db, on_commit, d);
	if (err || !fresh)
		return err;
	err = archive_db__begin(d);
	if (!err)
		err = archive_db__exec(d, schema_sql);
	if (!err)
		err = archive_db__commit(d);
	if (err)
		archive_db__rollback(d);
	return err;
}

static int prepare_all(struct archive_db *d)
{
	for (int s = 0; s < STMT_CNT; s++) {
		int err;

		if (sqlite3_prepare_v3(d->db, stmt_sql[s], -1, SQLITE_PREPARE_PERSISTENT,
				       &d->stmt[s], NULL) == SQLITE_OK)
			continue;
		/* Its tables are not those of its version. */
		if ((sqlite3_errcode(d->db) & 0xff) == SQLITE_ERROR) {
			archive_db__error(d, "damaged schema");
			return -EBADMSG;
		}
		err = archive_db__error(d, "open");
		return err;
	}
	return 0;
}

static int get_meta(struct archive_db *d, const char *key, int64_t *ret)
{
	sqlite3_stmt *stmt = d->stmt[STMT_META_GET];
	int err;

	sqlite3_reset(stmt);
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	err = archive_db__step(d, stmt);
	if (err < 0)
		return err;
	*ret = err ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_reset(stmt);
	return 0;
}

static int set_meta(struct archive_db *d, const char *key, int64_t value)
{
	sqlite3_stmt *stmt = d->stmt[STMT_META_SET];

	sqlite3_reset(stmt);
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, value);
	return archive_db__step(d, stmt);
}

struct check {
	const struct archive_db *d;
	uint64_t end_ns;
};

static int on_check_progress(void *ctx)
{
	const struct check *c = ctx;

	return clock__now_ns() > c->end_ns || c->d->give_up(c->d->ctx);
}

/*
 * After an end that was none of ours, where damage comes from: as much of the file as can be looked
 * through in a second.  What is not found here is found when it is met.
 */
static int check_pages(struct archive_db *d)
{
	struct check c = {.d = d, .end_ns = clock__now_ns() + QUICK_CHECK_NS};
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(d->db, "PRAGMA quick_check(1)", -1, &stmt, NULL))
		return archive_db__error(d, "check");
	sqlite3_progress_handler(d->db, PROGRESS_STEPS, on_check_progress, &c);
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		if (strcmp((const char *)sqlite3_column_text(stmt, 0) ?: "", "ok") == 0)
			break;
		snprintf(d->why, sizeof(d->why), "check: %.150s",
			 (const char *)sqlite3_column_text(stmt, 0));
		err = -EBADMSG;
		break;
	case SQLITE_INTERRUPT:
		break;
	default:
		err = archive_db__error(d, "check");
	}
	sqlite3_finalize(stmt);
	sqlite3_progress_handler(d->db, PROGRESS_STEPS, on_progress, d);
	return err;
}

int archive_db__count(struct archive_db *d)
{
	int64_t incidents = 0, bytes = 0, points = 0, series = 0;
	int err;

	err = ask(d, "SELECT count(*) FROM incidents", &incidents);
	/* The length of a blob stands in front of it: the blobs are not read. */
	if (!err)
		err = ask(d, "SELECT sum(length(json)) FROM incidents", &bytes);
	if (!err)
		err = ask(d, "SELECT count(*) FROM points", &points);
	if (!err)
		err = ask(d, "SELECT count(*) FROM series", &series);
	if (err)
		return err;
	d->counts.incidents = incidents;
	d->counts.incident_bytes = bytes;
	d->counts.points = points;
	d->counts.series = series;
	return 0;
}

/* From here on an end is unclean until somebody says otherwise. */
static int take_over(struct archive_db *d, uint64_t last_id, bool at_start)
{
	uint64_t reserved = last_id + ARCHIVE_ID_STEP;
	int err;

	err = archive_db__begin(d);
	if (!err)
		err = set_meta(d, "reserved_id", reserved);
	if (!err)
		err = set_meta(d, "clean", 0);
	if (!err && at_start)
		err = archive_db__exec(d, "UPDATE incidents SET ended_unseen = 1"
					  " WHERE cleared_s = 0 AND ended_unseen = 0");
	if (!err)
		err = archive_db__commit(d);
	if (err) {
		archive_db__rollback(d);
		return err;
	}
	d->counts.reserved_id = reserved;
	return 0;
}

static int open_handle(struct archive_db *d, const char *path)
{
	if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, ARCHIVE_VFS))
		return d->db ? archive_db__error(d, "open") : -ENOMEM;
	sqlite3_extended_result_codes(d->db, 1);
	sqlite3_busy_handler(d->db, on_busy, d);
	sqlite3_progress_handler(d->db, PROGRESS_STEPS, on_progress, d);
	/* A schema from elsewhere must not run anything. */
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* A handle on what is damaged or moved must not write when it is closed. */
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return 0;
}

static int open_database(struct archive_db *d, const char *path, uint64_t floor_id, bool at_start,
			 uint64_t *ret_last_id)
{
	int64_t reserved = 0, clean = 0;
	bool cut = false, fresh = false;
	uint64_t last_id;
	int err;

	err = archive_file__prepare(path, d->why, sizeof(d->why), &cut);
	if (!err)
		err = open_handle(d, path);
	if (!err)
		err = judge(d, &fresh);
	if (!err)
		err = set_up(d, fresh);
	if (!err)
		err = prepare_all(d);
	if (!err)
		err = get_meta(d, "reserved_id", &reserved);
	if (!err)
		err = get_meta(d, "clean", &clean);
	if (err)
		return err;

	/* An empty file may have been a full one: its ids are not known. */
	last_id = cut ? (uint64_t)time(NULL) : reserved > 0 ? (uint64_t)reserved : 0;
	if (last_id < floor_id)
		last_id = floor_id;
	if (last_id > ARCHIVE_ID_MAX) {
		snprintf(d->why, sizeof(d->why), "no ids are left in it");
		return -EBADMSG;
	}
	*ret_last_id = last_id;
	if (!fresh && !clean)
		err = check_pages(d);
	if (!err)
		err = take_over(d, last_id, at_start);
	if (!err)
		err = archive_db__checkpoint(d, true);
	return err;
}

int archive_db__open(struct archive_db *d, const char *path, uint64_t floor_id, bool at_start,
		     uint64_t *ret_last_id)
{
	uint64_t last_id = 0;
	int err;

	d->why[0] = '\0';
	d->counts = (struct archive_counts){0};
	d->wal_pages = 0;
	err = open_database(d, path, floor_id, at_start, &last_id);
	if (err && !d->why[0])
		snprintf(d->why, sizeof(d->why), "open: %s", strerror(-err));
	if (!err || err == -EBADMSG)
		*ret_last_id = last_id;
	if (err)
		archive_db__close(d);
	return err;
}

void archive_db__settle(struct archive_db *d, uint64_t last_id)
{
	if (archive_db__begin(d))
		return;
	if (set_meta(d, "reserved_id", last_id) || set_meta(d, "clean", 1) || archive_db__commit(d))
		archive_db__rollback(d);
	else
		(void)archive_db__checkpoint(d, true);
}

void archive_db__close(struct archive_db *d)
{
	for (int s = 0; s < STMT_CNT; s++) {
		sqlite3_finalize(d->stmt[s]);
		d->stmt[s] = NULL;
	}
	sqlite3_close(d->db);
	d->db = NULL;
}
