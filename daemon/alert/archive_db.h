/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The archive's database, for one thread at a time: archive_db.c opens it and writes records,
 * archive_prune.c keeps it within its bounds, archive_read.c asks it through a handle of its own.
 */
#ifndef FDSCOPE_ARCHIVE_DB_H
#define FDSCOPE_ARCHIVE_DB_H

#include "alert/archive_queue.h"

#include <sqlite3.h>

#define ARCHIVE_APPLICATION_ID 0x66647363 /* "fdsc" */
#define ARCHIVE_SCHEMA	       1
#define ARCHIVE_PAGE_SZ	       4096
#define ARCHIVE_FRAME_SZ       (ARCHIVE_PAGE_SZ + 24) /* a page in the log */
#define ARCHIVE_ID_MAX	       ((uint64_t)INT64_MAX - ARCHIVE_ID_STEP)
/* Far enough, and nothing overflows when steps are added. */
#define ARCHIVE_TIME_MAX	 ((int64_t)1 << 40)
#define ARCHIVE_SERIES_REPLACE_S 3600 /* a series is "without points" after this */
/*
 * All access from other processes is kept out, and the log's index is in our memory.  As a mapped
 * file, which it is else, it would kill us by SIGBUS where the file system has no page for it.
 */
#define ARCHIVE_VFS "unix-excl"

/* Statements of the writer; archive_db.c has their text. */
enum archive_stmt {
	STMT_META_GET,
	STMT_META_SET,
	STMT_INCIDENT_SIZE,
	STMT_INCIDENT_PUT,
	STMT_INCIDENT_DELETE,
	STMT_INCIDENT_AGED,
	STMT_INCIDENT_OLDEST,
	STMT_SERIES_FIND,
	STMT_SERIES_ADD,
	STMT_SERIES_SET,
	STMT_SERIES_FIRST,
	STMT_SERIES_DELETE,
	STMT_SERIES_OLDEST,
	STMT_SERIES_UNUSED,
	STMT_SERIES_THICK,
	STMT_POINT_MERGE,
	STMT_POINT_ADD,
	STMT_POINT_FIRST,
	STMT_POINT_SUM,
	STMT_POINT_DELETE,
	STMT_PAGES,
	STMT_FREE_PAGES,
	STMT_CNT,
};

struct archive_counts {
	uint64_t incidents, incident_bytes; /* bytes: about */
	uint64_t points, series;
	uint64_t reserved_id; /* no id above it was given when this was written */
};

struct archive_db {
	sqlite3 *db; /* NULL: not open */
	sqlite3_stmt *stmt[STMT_CNT];
	struct archive_counts counts;
	unsigned int page_max, wal_page_max;
	uint64_t max_age_s;
	unsigned int wal_pages;
	/* Asked now and then by what takes long: to give up? */
	bool (*give_up)(void *ctx);
	void *ctx;
	char why[ARCHIVE_WHY_SZ]; /* of the last failure */
};

/* Sets the bounds from the config; before all else. */
void archive_db__init(struct archive_db *d, const struct archive_config *c,
		      bool (*give_up)(void *ctx), void *ctx);

/*
 * Opens or begins the database, with ids above `floor_id` (0: as it says).  `at_start`: incidents
 * that are open in there ended unseen.  *ret_last_id: the highest id that was given.
 * All of this room fail with: -EBADMSG damaged (*ret_last_id may then be set, if it could still be
 * read; else it is 0), -EBUSY, -ENOSPC, -EROFS, -EMEDIUMTYPE not ours, -EINTR, another -errno.
 */
int archive_db__open(struct archive_db *d, const char *path, uint64_t floor_id, bool at_start,
		     uint64_t *ret_last_id);
/* Counts what is there, which may take a while; after an open, before all else. */
int archive_db__count(struct archive_db *d);
/* Before a close with nothing left to write: the next start need not check, nor skip ids. */
void archive_db__settle(struct archive_db *d, uint64_t last_id);
void archive_db__close(struct archive_db *d);

/* Was the file renamed or removed under us? */
bool archive_db__moved(const struct archive_db *d);

/* Pages that a batch should touch. */
unsigned int archive_db__batch_pages(const struct archive_db *d);
/* All or nothing, but for records that the database will never take: *ret_refused of them. */
int archive_db__write(struct archive_db *d, const struct archive_job *batch, size_t *ret_refused);

/* Room for `pages` more, by deleting what is oldest.  In archive_prune.c, as the next one. */
int archive_db__make_room(struct archive_db *d, unsigned int pages);
/* A turn of what is due by age; *ret_more: there is more. */
int archive_db__tend(struct archive_db *d, int64_t now_s, bool *ret_more);
/* All points of a series before `before_s`, with the series where none is left. */
int archive_db__cut_series(struct archive_db *d, int64_t id, int64_t before_s);

/* Empties the log into the file, if it is long (`all`: in any case). */
int archive_db__checkpoint(struct archive_db *d, bool all);

/* For the files of this room. */
int archive_db__error(struct archive_db *d, const char *doing);
int archive_db__exec(struct archive_db *d, const char *sql);
/* The statement, reset, with `cnt` integers bound. */
sqlite3_stmt *archive_db__bind(struct archive_db *d, enum archive_stmt which, int cnt, ...);
/* 1: a row; 0: none.  After 0 or an error it is reset, after a row the caller does so. */
int archive_db__step(struct archive_db *d, sqlite3_stmt *stmt);
int archive_db__begin(struct archive_db *d);
int archive_db__commit(struct archive_db *d);
void archive_db__rollback(struct archive_db *d);
/* The step of thinning that a time is in. */
int64_t archive__thin_step(int64_t time_s);
/* Our own text for "unit" and "process"; NULL: something else. */
const char *archive__kind(const char *kind);

#endif
