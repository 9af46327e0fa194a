/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The archive as its own files see it: archive.c begins, ends and takes records, archive_writer.c
 * is the thread that writes, archive_ask.c the one that reads, and what waits for it.
 */
#ifndef FDSCOPE_ARCHIVE_IMPL_H
#define FDSCOPE_ARCHIVE_IMPL_H

#include "alert/archive_db.h"
#include "alert/archive_queue.h"
#include "alert/archive_read.h"

#include <pthread.h>
#include <time.h>

enum archive_state { ARCHIVE_OFF, ARCHIVE_OK, ARCHIVE_UNAVAILABLE };

/*
 * `lock` guards what the caller sees, and is never held across a call of SQLite.  `lent` guards
 * the reader's handle: the writer opens it and takes it away, and may wait for it.
 */
struct archive {
	char *path;
	size_t json_max;
	uint32_t retry_ms;

	pthread_mutex_t lock;
	pthread_cond_t write_wake, read_wake, changed; /* CLOCK_MONOTONIC */
	struct archive_queue queue;
	uint64_t posted, settled; /* records that entered the queue, and that left it */
	enum archive_state state;
	char why[ARCHIVE_WHY_SZ];
	struct archive_counts counts;
	uint64_t bytes, dropped, damaged;
	uint64_t last_id;
	bool tried;   /* to open it, once to the end */
	bool started; /* it was open once */
	bool suspect; /* a query met damage */
	bool stopping;
	uint64_t stop_ns; /* CLOCK_BOOTTIME up to which what is queued is written */
	struct archive_request *request;
	bool asked; /* the reader has not done with the last request */
	pthread_t writer, reader_thread;
	unsigned int running; /* threads */
	bool orphaned;	      /* the last thread frees it */

	/* The writer's alone. */
	struct archive_db db;
	uint32_t pause_ms; /* after a failure, else 0 */

	pthread_mutex_t lent;
	struct archive_reader reader;
};

/* Threads; `ctx` is the archive. */
void *archive_writer__main(void *ctx);
void *archive_reader__main(void *ctx);

/* The writer's, for SQLite: is the time to stop over? */
bool archive_writer__is_over(void *ctx);

/* The end of a thread, which must not touch the archive after it. */
void archive__leave(struct archive *a);

/* A point of CLOCK_MONOTONIC. */
struct timespec archive__in_ms(uint64_t ms);

#endif
