// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive's database: how its results are read, and what is written; see archive_db.h. */
#include "alert/archive_db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int64_t archive__thin_step(int64_t time_s)
{
	return time_s / ARCHIVE_THIN_STEP_S * ARCHIVE_THIN_STEP_S;
}

const char *archive__kind(const char *kind)
{
	static const char *const kinds[] = {"unit", "process", "host"};

	for (size_t k = 0; kind && k < sizeof(kinds) / sizeof(*kinds); k++)
		if (strcmp(kinds[k], kind) == 0)
			return kinds[k];
	return NULL;
}

static int error_of(const sqlite3 *db, int code)
{
	int err = sqlite3_system_errno((sqlite3 *)db);

	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_INTERRUPT:
	case SQLITE_ABORT:
		return -EINTR;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_TOOBIG:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
		return -ERANGE;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err > 0 ? -err : -EACCES;
	default:
		return -EIO;
	}
}

int archive_db__error(struct archive_db *d, const char *doing)
{
	int code = sqlite3_extended_errcode(d->db), err = sqlite3_system_errno(d->db);
	bool by_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;

	snprintf(d->why, sizeof(d->why), "%s: %s%s%s", doing, sqlite3_errmsg(d->db),
		 by_system && err ? ": " : "", by_system && err ? strerror(err) : "");
	return error_of(d->db, code);
}

int archive_db__exec(struct archive_db *d, const char *sql)
{
	if (sqlite3_exec(d->db, sql, NULL, NULL, NULL))
		return archive_db__error(d, "archive");
	return 0;
}

sqlite3_stmt *archive_db__bind(struct archive_db *d, enum archive_stmt which, int cnt, ...)
{
	sqlite3_stmt *stmt = d->stmt[which];
	va_list ap;

	sqlite3_reset(stmt);
	va_start(ap, cnt);
	for (int i = 1; i <= cnt; i++)
		sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
	va_end(ap);
	return stmt;
}

int archive_db__step(struct archive_db *d, sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt), err = 0;

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		err = archive_db__error(d, "archive");
	sqlite3_reset(stmt);
	return err;
}

int archive_db__begin(struct archive_db *d)
{
	return archive_db__exec(d, "BEGIN IMMEDIATE");
}

int archive_db__commit(struct archive_db *d)
{
	return archive_db__exec(d, "COMMIT");
}

void archive_db__rollback(struct archive_db *d)
{
	/* A failure may have ended the transaction already. */
	if (!sqlite3_get_autocommit(d->db))
		(void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
}

bool archive_db__moved(const struct archive_db *d)
{
	int moved = 0;

	if (sqlite3_file_control(d->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved))
		return false;
	return moved;
}

int archive_db__checkpoint(struct archive_db *d, bool all)
{
	if (!all && d->wal_pages < d->wal_page_max / 2)
		return 0;
	if (sqlite3_wal_checkpoint_v2(d->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL))
		return archive_db__error(d, "checkpoint");
	d->wal_pages = 0;
	return 0;
}

unsigned int archive_db__batch_pages(const struct archive_db *d)
{
	/* With half of the log taken before it, and twice of what it is thought to be: fits. */
	return d->wal_page_max / 4;
}

/* Ids up to here are taken, also if nothing of the next ones is ever written. */
static int reserve_ids(struct archive_db *d, uint64_t id)
{
	sqlite3_stmt *stmt = d->stmt[STMT_META_SET];
	int err;

	/* Half a step ahead of the need: ids are given before they get here. */
	if (id + ARCHIVE_ID_STEP / 2 <= d->counts.reserved_id)
		return 0;
	sqlite3_reset(stmt);
	sqlite3_bind_text(stmt, 1, "reserved_id", -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, id + ARCHIVE_ID_STEP);
	err = archive_db__step(d, stmt);
	if (!err)
		d->counts.reserved_id = id + ARCHIVE_ID_STEP;
	return err;
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static int write_incident(struct archive_db *d, const struct archive_incident *i)
{
	sqlite3_stmt *stmt = archive_db__bind(d, STMT_INCIDENT_SIZE, 1, (int64_t)i->id);
	int err = archive_db__step(d, stmt), had = err == 1;
	uint64_t old_sz = 0;

	if (err < 0)
		return err;
	if (had) {
		bool same = sqlite3_column_int64(stmt, 1) == i->opened_s;

		old_sz = sqlite3_column_int64(stmt, 0);
		sqlite3_reset(stmt);
		if (!same)
			return -ERANGE;
	}

	err = reserve_ids(d, i->id);
	if (err)
		return err;
	stmt = archive_db__bind(d, STMT_INCIDENT_PUT, 4, (int64_t)i->id, i->opened_s, i->cleared_s,
				(int64_t)i->pid);
	bind_text(stmt, 5, i->comm);
	bind_text(stmt, 6, i->unit);
	bind_text(stmt, 7, i->rule);
	bind_text(stmt, 8, i->kind);
	bind_text(stmt, 9, i->severity);
	bind_text(stmt, 10, i->message);
	sqlite3_bind_blob64(stmt, 11, i->json, i->json_sz, SQLITE_STATIC);
	err = archive_db__step(d, stmt);
	/* What was bound is the record's. */
	sqlite3_clear_bindings(stmt);
	if (err)
		return err;
	d->counts.incidents += !had;
	d->counts.incident_bytes += i->json_sz;
	d->counts.incident_bytes -= old_sz;
	return 0;
}

/* Room among the series for one that has a point at `time_s`. */
static int replace_series(struct archive_db *d, int64_t time_s)
{
	sqlite3_stmt *stmt;
	int64_t id, last_s;
	int err;

	if (d->counts.series < ARCHIVE_SERIES_MAX)
		return 0;
	stmt = archive_db__bind(d, STMT_SERIES_UNUSED, 0);
	err = archive_db__step(d, stmt);
	if (err <= 0)
		return err;
	id = sqlite3_column_int64(stmt, 0);
	last_s = sqlite3_column_int64(stmt, 1);
	sqlite3_reset(stmt);
	/* Else more series than there is room for would throw out each other, and all be empty. */
	if (time_s - last_s < ARCHIVE_SERIES_REPLACE_S)
		return -ERANGE;
	return archive_db__cut_series(d, id, INT64_MAX);
}

/* The series, begun if need be, that is to have a point at `time_s`. */
static int find_series(struct archive_db *d, const char *kind, const char *key, int64_t time_s,
		       int64_t *ret_id)
{
	sqlite3_stmt *stmt = archive_db__bind(d, STMT_SERIES_FIND, 0);
	int64_t id, first_s, last_s, thinned_s;
	int err;

	bind_text(stmt, 1, kind);
	bind_text(stmt, 2, key);
	err = archive_db__step(d, stmt);
	if (err < 0)
		return err;
	if (!err) {
		err = replace_series(d, time_s);
		if (err)
			return err;
		stmt = archive_db__bind(d, STMT_SERIES_ADD, 0);
		bind_text(stmt, 1, kind);
		bind_text(stmt, 2, key);
		sqlite3_bind_int64(stmt, 3, time_s);
		sqlite3_bind_int64(stmt, 4, archive__thin_step(time_s));
		err = archive_db__step(d, stmt);
		sqlite3_clear_bindings(stmt);
		if (err)
			return err;
		d->counts.series++;
		*ret_id = sqlite3_last_insert_rowid(d->db);
		return 0;
	}
	id = sqlite3_column_int64(stmt, 0);
	first_s = sqlite3_column_int64(stmt, 1);
	last_s = sqlite3_column_int64(stmt, 2);
	thinned_s = sqlite3_column_int64(stmt, 3);
	sqlite3_reset(stmt);
	*ret_id = id;

	/* Three indexes hang on this row: `last_s` is exact to half an hour only. */
	if (time_s >= first_s && time_s < last_s + ARCHIVE_SERIES_REPLACE_S / 2 &&
	    time_s >= thinned_s)
		return 0;
	if (time_s < first_s)
		first_s = time_s;
	if (time_s > last_s)
		last_s = time_s;
	if (time_s < thinned_s)
		thinned_s = archive__thin_step(time_s);
	return archive_db__step(
		d, archive_db__bind(d, STMT_SERIES_SET, 4, first_s, last_s, thinned_s, id));
}

static int write_point(struct archive_db *d, const struct archive_job *job)
{
	const struct archive_point *p = &job->point.at;
	int64_t series = 0;
	int err;

	err = find_series(d, job->point.kind, job->point.key, p->time_s, &series);
	if (err)
		return err;
	err = archive_db__step(d, archive_db__bind(d, STMT_POINT_MERGE, 4, series, p->time_s,
						   (int64_t)p->min, (int64_t)p->max));
	if (err || sqlite3_changes(d->db))
		return err;
	err = archive_db__step(d, archive_db__bind(d, STMT_POINT_ADD, 4, series, p->time_s,
						   (int64_t)p->min, (int64_t)p->max));
	if (!err)
		d->counts.points++;
	return err;
}

static int write_all(struct archive_db *d, const struct archive_job *batch, size_t *ret_refused)
{
	struct archive_counts before = d->counts;
	size_t refused = 0;
	int err;

	err = archive_db__begin(d);
	for (const struct archive_job *job = batch; job && !err; job = job->next) {
		err = job->is_point ? write_point(d, job) : write_incident(d, &job->incident);
		if (err == -ERANGE) {
			refused++;
			err = 0;
		}
	}
	if (!err)
		err = archive_db__commit(d);
	if (err) {
		archive_db__rollback(d);
		d->counts = before;
		return err;
	}
	*ret_refused = refused;
	return 0;
}

int archive_db__write(struct archive_db *d, const struct archive_job *batch, size_t *ret_refused)
{
	unsigned int pages = 8;
	int err;

	for (const struct archive_job *job = batch; job; job = job->next)
		pages += job->pages;
	/*
	 * The estimate may be short: once more with twice the room.  No further, as a disk that is
	 * full says the same, and no delete helps there.
	 */
	for (int try = 0;; try++, pages *= 2) {
		err = archive_db__checkpoint(d, false);
		if (!err)
			err = archive_db__make_room(d, pages);
		if (!err)
			err = write_all(d, batch, ret_refused);
		if (err != -ENOSPC || try)
			return err;
	}
}
