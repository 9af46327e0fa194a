/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records on their way to the archive's file: copies, each in one allocation, in a queue that is
 * bounded by count and bytes.  Points may not take the room that is kept for incidents.
 */
#ifndef FDSCOPE_ARCHIVE_QUEUE_H
#define FDSCOPE_ARCHIVE_QUEUE_H

#include "alert/archive.h"

/* Of ARCHIVE_QUEUE_MAX and ARCHIVE_QUEUE_BYTES_MAX. */
#define ARCHIVE_QUEUE_POINTS_MAX      (ARCHIVE_QUEUE_MAX / 4 * 3)
#define ARCHIVE_QUEUE_POINT_BYTES_MAX (ARCHIVE_QUEUE_BYTES_MAX / 4 * 3)

struct archive_job {
	struct archive_job *next;
	size_t sz;	    /* bytes of this allocation */
	unsigned int pages; /* of the database that writing it may touch, about */
	bool is_point;
	union {
		struct archive_incident incident;
		struct {
			const char *kind, *key;
			struct archive_point at;
		} point;
	};
};

struct archive_queue {
	struct archive_job *head, **tail;
	size_t cnt, bytes;
	size_t point_cnt, point_bytes;
};

void archive_queue__init(struct archive_queue *q);
void archive_queue__done(struct archive_queue *q);

/* -EINVAL, -EFBIG (a text, a key, or more JSON than `json_max`), -ENOMEM */
int archive_job__new_incident(const struct archive_incident *i, size_t json_max,
			      struct archive_job **ret);
int archive_job__new_point(const char *kind, const char *key, const struct archive_point *p,
			   struct archive_job **ret);
/* The whole list from `job` on. */
void archive_job__free(struct archive_job *job);

/* Takes the job over; -ENOBUFS: full, and it stays the caller's. */
int archive_queue__push(struct archive_queue *q, struct archive_job *job);

/*
 * The oldest jobs that together touch about `page_max` pages, at least one; NULL: none.  They
 * keep their room in the queue until they are settled.
 */
struct archive_job *archive_queue__take(struct archive_queue *q, unsigned int page_max);
/* Taken jobs are done with: frees them and their room, returns how many they were. */
size_t archive_queue__settle(struct archive_queue *q, struct archive_job *batch);
/* Taken jobs go back to the front. */
void archive_queue__give_back(struct archive_queue *q, struct archive_job *batch);

#endif
