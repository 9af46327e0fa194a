/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the archive's database through a handle that only reads: a request goes in, rows
 * that own all they have come out, bounded in number and bytes.  For one thread at a time.
 */
#ifndef FDSCOPE_ARCHIVE_READ_H
#define FDSCOPE_ARCHIVE_READ_H

#include "alert/archive.h"

#include <sqlite3.h>

enum archive_question {
	ARCHIVE_ASK_INCIDENTS,
	ARCHIVE_ASK_INCIDENT,
	ARCHIVE_ASK_HISTORY,
	ARCHIVE_ASK_CNT,
};

struct archive_request {
	enum archive_question question;
	uint64_t id;	    /* of the one, or before this one */
	unsigned int limit; /* rows */
	const char *kind;   /* ours */
	char key[ARCHIVE_KEY_MAX + 1];
	int64_t since_s;
	uint64_t end_ns; /* CLOCK_BOOTTIME at which nobody waits any more */

	bool abandoned, done; /* the archive's */

	/* The answer. */
	int error;
	struct archive_incident *incidents;
	struct archive_point *points;
	size_t cnt, cap;
	char *json;
	size_t json_sz;
	bool damaged; /* the file is */
};

struct archive_reader {
	sqlite3 *db; /* NULL: not open */
	sqlite3_stmt *stmt[ARCHIVE_ASK_CNT];
	const struct archive_request *running;
};

/* After the writer's handle was opened.  -errno as archive_db.h says, with words in `why`. */
int archive_reader__open(struct archive_reader *r, const char *path, char *why, size_t why_sz);
void archive_reader__close(struct archive_reader *r);
/* Fills in the answer. */
void archive_reader__run(struct archive_reader *r, struct archive_request *q);

void archive_request__free(struct archive_request *q);

#endif
