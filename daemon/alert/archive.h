/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The archive: incidents and coarse history in one SQLite file, bounded by size and by age.  The
 * disk is met by two threads of its own: what is put is queued and written behind the caller's
 * back, what is asked for is waited for at most ARCHIVE_READ_MS.  A disk that is full, slow, gone
 * or damaged costs records, which are counted, and never the daemon.
 */
#ifndef FDSCOPE_ARCHIVE_H
#define FDSCOPE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_BYTES_MIN	((uint64_t)1 << 20) /* a smaller max_bytes is taken as this */
#define ARCHIVE_JSON_MAX	((size_t)1 << 20)   /* bytes; also at most max_bytes / 16 */
#define ARCHIVE_TEXT_MAX	4096		    /* bytes of each text of an incident */
#define ARCHIVE_KEY_MAX		1024		    /* bytes of a series' key */
#define ARCHIVE_SERIES_MAX	20000
#define ARCHIVE_QUEUE_MAX	32768 /* records that wait to be written */
#define ARCHIVE_QUEUE_BYTES_MAX ((size_t)8 << 20)
#define ARCHIVE_LIST_MAX	1000  /* incidents in one answer */
#define ARCHIVE_HISTORY_MAX	10000 /* points in one answer */
#define ARCHIVE_READ_MS		250   /* the longest that a query keeps its caller */
#define ARCHIVE_OPEN_MS		2000  /* the longest that archive__new waits for the file */
#define ARCHIVE_STOP_MS		2000  /* the longest that archive__free writes what is queued */
#define ARCHIVE_RETRY_MS	1000  /* after a failure; doubles up to ARCHIVE_RETRY_MAX_MS */
#define ARCHIVE_RETRY_MAX_MS	60000
#define ARCHIVE_THIN_AGE_S	(24 * 3600) /* points older than this are thinned ... */
#define ARCHIVE_THIN_STEP_S	1800	    /* ... to one in each such step of the clock */
#define ARCHIVE_WHY_SZ		192

struct archive;

struct archive_config {
	/*
	 * An absolute path; "": no archive.  Its directory is made (0750) if the one above is
	 * there.  The file is made with mode 0600: command lines and stacks are in it.
	 */
	const char *path;
	/*
	 * Of the file and its log together.  Beside them there may be one damaged file that was
	 * set aside, NAME.damaged-YYYYMMDDTHHMMSS, at most as large.
	 */
	uint64_t max_bytes;
	uint64_t max_age_s; /* 0: any age */
	uint32_t retry_ms;  /* 0: ARCHIVE_RETRY_MS */
};

/* Trouble with the disk is no failure, see archive__status.  -EINVAL: the path; -ENOMEM, -EAGAIN.
 */
int archive__new(const struct archive_config *c, struct archive **ret);

/*
 * Writes what is queued first.  A thread that hangs in the disk longer is left behind, and frees
 * what it holds if it ever returns.
 */
void archive__free(struct archive *a);

struct archive_incident {
	uint64_t id;	   /* from 1; ARCHIVE_ID_STEP below INT64_MAX at most */
	int64_t opened_s;  /* unix time; never changes for one id */
	int64_t cleared_s; /* 0: still open, or see ended_unseen */
	/*
	 * Answers only: it was open when the daemon before this one ended, so that nobody saw when
	 * it cleared; cleared_s is 0.
	 */
	bool ended_unseen;
	uint32_t pid;
	/* Any bytes but NUL.  NULL is kept as ""; an answer has no NULL. */
	const char *comm, *unit, *rule, *kind, *severity, *message;
	const char *json; /* any bytes, not terminated; NULL in lists */
	size_t json_sz;
};

struct archive_point {
	int64_t time_s; /* unix time, above 0 */
	uint32_t min, max;
};

/*
 * Copied and queued; never waits for the disk.  An incident replaces the one with its id and
 * opened_s; where an id is taken by an incident of another time, that one stays, and the new one
 * counts as dropped.  Points of one series at the same second are merged.  A new series beyond
 * ARCHIVE_SERIES_MAX takes the place of the one that had no point for longest, if that is over an
 * hour, and is dropped else.  -EINVAL, -EFBIG: refused as it is; -ENOBUFS, -ENOMEM: dropped and
 * counted; -EOPNOTSUPP: no archive.
 */
int archive__put_incident(struct archive *a, const struct archive_incident *i);
/* `kind` is "unit", "process" or "host". */
int archive__put_point(struct archive *a, const char *kind, const char *key,
		       const struct archive_point *p);

/* Until all that was put is written: 0, -ETIMEDOUT, or -EIO if some of it was dropped. */
int archive__flush(struct archive *a, unsigned int timeout_ms);

/*
 * The highest id that was ever given, also to what was pruned since or never reached the disk:
 * after a kill it may be ahead by two ARCHIVE_ID_STEP.  Where the file cannot tell
 * (unavailable, damaged) it is the unix time in seconds.  Does not wait.  -EOPNOTSUPP.
 */
int archive__last_id(struct archive *a, uint64_t *ret);
#define ARCHIVE_ID_STEP 1024

/*
 * Queries.  What is put shows once it is written.  `fn` runs in the caller's thread after the
 * query; what it is given lives for the call; other than 0 ends the list and is returned.
 * -EAGAIN: not now (unavailable, or slower than ARCHIVE_READ_MS); -EOPNOTSUPP; -ENOMEM.
 */
typedef int (*archive_incident_fn)(const struct archive_incident *i, void *ctx);
typedef int (*archive_point_fn)(const struct archive_point *p, void *ctx);

/* Newest first, those below `before_id` (0: all), without json. */
int archive__incidents(struct archive *a, uint64_t before_id, unsigned int limit,
		       archive_incident_fn fn, void *ctx);
/* malloc'd, with a NUL behind it that does not count.  -ENOENT */
int archive__incident(struct archive *a, uint64_t id, char **ret_json, size_t *ret_sz);
/*
 * Oldest first, from `since_s` on; no such series: no point.  After ARCHIVE_HISTORY_MAX ask again
 * behind the last.  A thinned point stands at the beginning of its step.
 */
int archive__history(struct archive *a, const char *kind, const char *key, int64_t since_s,
		     archive_point_fn fn, void *ctx);

struct archive_status {
	const char *state;	  /* "ok", "off", "unavailable" */
	char why[ARCHIVE_WHY_SZ]; /* "" unless unavailable */
	uint64_t bytes;		  /* on disk, as of the last write */
	uint64_t incidents, points, series;
	uint64_t dropped; /* records that were put and not written */
	uint64_t queued;
	uint64_t damaged; /* times that a damaged file was set aside */
};

/* Does not wait. */
void archive__status(struct archive *a, struct archive_status *ret);

#endif
