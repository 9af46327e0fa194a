// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions to the archive's database; see archive_read.h. */
#include "alert/archive_read.h"

#include "alert/archive_db.h"

#include "base/array.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_KIB      512
#define BUSY_MS	       50
#define PROGRESS_STEPS 2000
#define TEXT_CNT       6

static const char *const question_sql[ARCHIVE_ASK_CNT] = {
	[ARCHIVE_ASK_INCIDENTS] = "SELECT id, opened_s, cleared_s, ended_unseen, pid, comm, unit,"
				  " rule, kind, severity, message FROM incidents WHERE id < ?"
				  " ORDER BY id DESC LIMIT ?",
	/* It was written while it went on; inside of texts the quotes would be escaped. */
	[ARCHIVE_ASK_INCIDENT] =
		"SELECT CASE ended_unseen WHEN 0 THEN json ELSE replace(replace(CAST(json AS TEXT),"
		" '\"state\":\"firing\"', '\"state\":\"cleared\"'), '\"cleared_why\":null',"
		" '\"cleared_why\":\"the daemon ended first\"') END FROM incidents WHERE id = ?",
	[ARCHIVE_ASK_HISTORY] =
		"SELECT time_s, min, max FROM points WHERE time_s >= ?3 AND series ="
		" (SELECT id FROM series WHERE kind = ?1 AND key = ?2)"
		" ORDER BY time_s LIMIT ?4",
};

void archive_request__free(struct archive_request *q)
{
	if (!q)
		return;
	for (size_t i = 0; q->incidents && i < q->cnt; i++)
		free((char *)q->incidents[i].comm);
	free(q->incidents);
	free(q->points);
	free(q->json);
	free(q);
}

static int on_progress(void *ctx)
{
	const struct archive_reader *r = ctx;

	return r->running && clock__now_ns() > r->running->end_ns;
}

int archive_reader__open(struct archive_reader *r, const char *path, char *why, size_t why_sz)
{
	char sql[256];

	/* Not opened as read-only: then it would take and drop the writer's lock as its own. */
	if (sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, ARCHIVE_VFS))
		goto failed;
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_busy_timeout(r->db, BUSY_MS);
	sqlite3_progress_handler(r->db, PROGRESS_STEPS, on_progress, r);
	snprintf(sql, sizeof(sql),
		 "PRAGMA query_only = ON; PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY;"
		 "PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0",
		 CACHE_KIB);
	if (sqlite3_exec(r->db, sql, NULL, NULL, NULL))
		goto failed;
	for (int s = 0; s < ARCHIVE_ASK_CNT; s++)
		if (sqlite3_prepare_v3(r->db, question_sql[s], -1, SQLITE_PREPARE_PERSISTENT,
				       &r->stmt[s], NULL))
			goto failed;
	return 0;
failed:
	snprintf(why, why_sz, "open to read: %s", r->db ? sqlite3_errmsg(r->db) : "no memory");
	archive_reader__close(r);
	return -EIO;
}

void archive_reader__close(struct archive_reader *r)
{
	for (int s = 0; s < ARCHIVE_ASK_CNT; s++)
		sqlite3_finalize(r->stmt[s]);
	sqlite3_close(r->db);
	*r = (struct archive_reader){0};
}

/* The texts of a row, in one allocation that `comm` owns.  -E2BIG: not what we ever wrote. */
static int copy_texts(sqlite3_stmt *stmt, struct archive_incident *i)
{
	const char **texts[TEXT_CNT] = {&i->comm, &i->unit,	&i->rule,
					&i->kind, &i->severity, &i->message};
	size_t sz = 0;
	char *at;

	for (int t = 0; t < TEXT_CNT; t++)
		sz += (size_t)sqlite3_column_bytes(stmt, 5 + t) + 1;
	if (sz > TEXT_CNT * (ARCHIVE_TEXT_MAX + 1))
		return -E2BIG;
	at = malloc(sz);
	if (!at)
		return -ENOMEM;
	for (int t = 0; t < TEXT_CNT; t++) {
		const void *from = sqlite3_column_text(stmt, 5 + t);
		size_t len = sqlite3_column_bytes(stmt, 5 + t);

		if (from)
			memcpy(at, from, len);
		at[from ? len : 0] = '\0';
		*texts[t] = at;
		at += len + 1;
	}
	return 0;
}

static int take_incident(struct archive_request *q, sqlite3_stmt *stmt)
{
	struct archive_incident i = {
		.id = sqlite3_column_int64(stmt, 0),
		.opened_s = sqlite3_column_int64(stmt, 1),
		.cleared_s = sqlite3_column_int64(stmt, 2),
		.ended_unseen = sqlite3_column_int64(stmt, 3),
		.pid = sqlite3_column_int64(stmt, 4),
	};
	int err;

	if (array_reserve(q->incidents, q->cap, q->cnt))
		return -ENOMEM;
	err = copy_texts(stmt, &i);
	if (!err)
		q->incidents[q->cnt++] = i;
	return err == -E2BIG ? 0 : err;
}

static int take_point(struct archive_request *q, sqlite3_stmt *stmt)
{
	if (array_reserve(q->points, q->cap, q->cnt))
		return -ENOMEM;
	q->points[q->cnt++] = (struct archive_point){
		.time_s = sqlite3_column_int64(stmt, 0),
		.min = sqlite3_column_int64(stmt, 1),
		.max = sqlite3_column_int64(stmt, 2),
	};
	return 0;
}

static int take_json(struct archive_request *q, sqlite3_stmt *stmt)
{
	const void *from = sqlite3_column_blob(stmt, 0);
	size_t sz = sqlite3_column_bytes(stmt, 0);

	/* NULL with a size: no memory, or no page. */
	if ((!from && sz) || sz > ARCHIVE_JSON_MAX)
		return -EIO;
	q->json = malloc(sz + 1);
	if (!q->json)
		return -ENOMEM;
	if (sz)
		memcpy(q->json, from, sz);
	q->json[sz] = '\0';
	q->json_sz = sz;
	return 0;
}

static sqlite3_stmt *bind_question(struct archive_reader *r, const struct archive_request *q)
{
	sqlite3_stmt *stmt = r->stmt[q->question];

	sqlite3_reset(stmt);
	switch (q->question) {
	case ARCHIVE_ASK_INCIDENTS:
		sqlite3_bind_int64(stmt, 1, q->id);
		sqlite3_bind_int64(stmt, 2, q->limit);
		break;
	case ARCHIVE_ASK_INCIDENT:
		sqlite3_bind_int64(stmt, 1, q->id);
		break;
	default:
		sqlite3_bind_text(stmt, 1, q->kind, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 2, q->key, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 3, q->since_s);
		sqlite3_bind_int64(stmt, 4, q->limit);
	}
	return stmt;
}

void archive_reader__run(struct archive_reader *r, struct archive_request *q)
{
	sqlite3_stmt *stmt = bind_question(r, q);
	int rc = SQLITE_DONE, err = 0;

	r->running = q;
	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = q->question == ARCHIVE_ASK_INCIDENTS  ? take_incident(q, stmt)
		      : q->question == ARCHIVE_ASK_INCIDENT ? take_json(q, stmt)
							    : take_point(q, stmt);
	r->running = NULL;
	if (rc == SQLITE_ROW)
		rc = sqlite3_errcode(r->db);
	q->damaged = (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
	if (!err && rc != SQLITE_DONE)
		err = -EAGAIN;
	if (!err && q->question == ARCHIVE_ASK_INCIDENT && !q->json)
		err = -ENOENT;
	q->error = err == -EIO ? -EAGAIN : err;
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}
