// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The thread that writes the archive: opens the file, writes what is queued, prunes; what fails is
 * tried again after a pause, and what is damaged put aside.
 */
#include "alert/archive_file.h"
#include "alert/archive_impl.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Ages are looked at so often where nothing is written, and thinning has its turn. */
#define TEND_MS 60000

/* Asked by SQLite while it waits or works: is the time to stop over? */
bool archive_writer__is_over(void *ctx)
{
	struct archive *a = ctx;
	bool over;

	pthread_mutex_lock(&a->lock);
	over = a->stopping && clock__now_ns() >= a->stop_ns;
	pthread_mutex_unlock(&a->lock);
	return over;
}

/* A line of log for a change of state, none for more of the same. */
static void set_state(struct archive *a, enum archive_state state, const char *why)
{
	uint64_t dropped;
	bool changed;

	pthread_mutex_lock(&a->lock);
	changed = a->state != state || !a->tried;
	a->state = state;
	a->tried = true;
	dropped = a->dropped;
	snprintf(a->why, sizeof(a->why), "%s", why);
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	if (!changed)
		return;
	if (state == ARCHIVE_UNAVAILABLE)
		log_warning("archive %s: unavailable: %s", a->path, why);
	else if (dropped)
		log_notice("archive %s: open; records dropped so far: %llu", a->path,
			   (unsigned long long)dropped);
	else
		log_info("archive %s: open", a->path);
}

static void publish_counts(struct archive *a)
{
	uint64_t bytes = archive_file__bytes(a->path);

	pthread_mutex_lock(&a->lock);
	a->counts = a->db.counts;
	a->bytes = bytes;
	pthread_mutex_unlock(&a->lock);
}

static void close_handles(struct archive *a)
{
	pthread_mutex_lock(&a->lent);
	archive_reader__close(&a->reader);
	archive_db__close(&a->db);
	pthread_mutex_unlock(&a->lent);
}

/* Damaged: out of the way with it, and on with a new one.  0: the way is free. */
static int set_aside(struct archive *a, uint64_t known_id)
{
	int err;

	close_handles(a);
	err = archive_file__set_aside(a->path, time(NULL));
	if (err) {
		snprintf(a->db.why, sizeof(a->db.why), "damaged, and cannot be renamed: %s",
			 strerror(-err));
		return err;
	}
	log_warning("archive %s: damaged (%s): kept as %s.damaged-*, and a new one begun", a->path,
		    a->db.why, a->path);
	pthread_mutex_lock(&a->lock);
	a->damaged++;
	/* What it does not tell any more: the new one's ids begin where no old one can be. */
	if (!known_id && !a->started)
		known_id = time(NULL);
	if (a->last_id < known_id)
		a->last_id = known_id;
	pthread_mutex_unlock(&a->lock);
	return 0;
}

static int open_handles(struct archive *a, uint64_t *ret_last_id)
{
	uint64_t floor_id;
	bool at_start;
	int err;

	pthread_mutex_lock(&a->lock);
	floor_id = a->last_id;
	pthread_mutex_unlock(&a->lock);
	at_start = !a->started;
	err = archive_db__open(&a->db, a->path, floor_id, at_start, ret_last_id);
	if (err)
		return err;
	pthread_mutex_lock(&a->lent);
	err = archive_reader__open(&a->reader, a->path, a->db.why, sizeof(a->db.why));
	pthread_mutex_unlock(&a->lent);
	if (err)
		archive_db__close(&a->db);
	return err;
}

static int open_archive(struct archive *a)
{
	uint64_t last_id = 0;
	bool first;
	int err;

	err = open_handles(a, &last_id);
	if (err == -EBADMSG) {
		err = set_aside(a, last_id);
		if (!err)
			err = open_handles(a, &last_id);
	}
	if (err)
		return err;
	pthread_mutex_lock(&a->lock);
	/* Later on the file is only ahead of us by what it has in reserve. */
	if (!a->started && a->last_id < last_id)
		a->last_id = last_id;
	a->started = true;
	a->suspect = false;
	first = !a->tried;
	pthread_mutex_unlock(&a->lock);
	/* Who waits for the ids need not wait for the first round; later only a whole one is ok. */
	if (first)
		set_state(a, ARCHIVE_OK, "");
	return archive_db__count(&a->db);
}

/* What to do about an error of the database; the pause until the next try is set. */
static void on_error(struct archive *a, int err)
{
	bool aside = err == -EBADMSG && a->db.db && set_aside(a, 0) == 0;

	a->pause_ms = a->pause_ms ? a->pause_ms * 2 : aside ? 1 : a->retry_ms;
	if (a->pause_ms > ARCHIVE_RETRY_MAX_MS)
		a->pause_ms = ARCHIVE_RETRY_MAX_MS;
	if (aside)
		return;
	/* Handles that met these may go on failing; those that are only kept waiting stay. */
	if (err != -EBUSY && err != -ENOSPC && err != -ENOMEM && err != -EINTR)
		close_handles(a);
	set_state(a, ARCHIVE_UNAVAILABLE, a->db.why);
}

/* The oldest records of the queue. */
static int write_batch(struct archive *a)
{
	struct archive_job *batch;
	size_t refused = 0;
	int err;

	pthread_mutex_lock(&a->lock);
	batch = archive_queue__take(&a->queue, archive_db__batch_pages(&a->db));
	pthread_mutex_unlock(&a->lock);
	if (!batch)
		return 0;
	err = archive_db__write(&a->db, batch, &refused);
	/* Written to a file that nobody will see: not yet written. */
	if (!err && archive_db__moved(&a->db))
		err = -ESTALE;
	/* Who waits for the records then finds them counted. */
	if (!err)
		publish_counts(a);
	pthread_mutex_lock(&a->lock);
	if (err) {
		archive_queue__give_back(&a->queue, batch);
	} else {
		a->settled += archive_queue__settle(&a->queue, batch);
		a->dropped += refused;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return err;
}

/* One round with the disk; *ret_more: there is more to do at once. */
static int work(struct archive *a, bool *ret_more)
{
	bool more = false, suspect;
	int err = 0;

	pthread_mutex_lock(&a->lock);
	suspect = a->suspect;
	a->suspect = false;
	pthread_mutex_unlock(&a->lock);
	if (a->db.db && archive_db__moved(&a->db))
		close_handles(a);
	if (a->db.db && suspect) {
		snprintf(a->db.why, sizeof(a->db.why), "met by a query");
		return -EBADMSG;
	}
	if (!a->db.db)
		err = open_archive(a);
	if (!err)
		err = write_batch(a);
	if (!err)
		err = archive_db__tend(&a->db, time(NULL), &more);
	if (err == -ESTALE)
		snprintf(a->db.why, sizeof(a->db.why), "removed while it was written");
	if (err)
		return err;
	a->pause_ms = 0;
	publish_counts(a);
	set_state(a, ARCHIVE_OK, "");
	*ret_more = more;
	return 0;
}

/* Sleeps until there is something to do; false: the end. */
static bool wait_for_work(struct archive *a, bool more)
{
	struct timespec end = archive__in_ms(a->pause_ms ?: TEND_MS);
	int err = 0;
	bool go_on;

	pthread_mutex_lock(&a->lock);
	/* After a failure only time helps, and the end, before which it is tried once more. */
	while (!a->stopping && !more && err != ETIMEDOUT &&
	       (a->pause_ms || (!a->queue.cnt && !a->suspect)))
		err = pthread_cond_timedwait(&a->write_wake, &a->lock, &end);
	go_on = !a->stopping || (a->queue.cnt && clock__now_ns() < a->stop_ns);
	pthread_mutex_unlock(&a->lock);
	return go_on;
}

void *archive_writer__main(void *ctx)
{
	struct archive *a = ctx;
	bool more = true, tried_at_end = false;
	uint64_t last_id;
	bool clean;

	while (wait_for_work(a, more)) {
		int err = work(a, &more);

		if (!err)
			continue;
		more = false;
		on_error(a, err);
		/* The end does not wait for better times, beyond a second attempt. */
		pthread_mutex_lock(&a->lock);
		err = a->stopping && tried_at_end;
		tried_at_end = a->stopping;
		pthread_mutex_unlock(&a->lock);
		if (err)
			break;
	}
	pthread_mutex_lock(&a->lock);
	/* Cut short, more ids may be known outside than were written. */
	clean = !a->queue.cnt && a->state == ARCHIVE_OK;
	last_id = a->last_id;
	pthread_mutex_unlock(&a->lock);
	if (clean && a->db.db)
		archive_db__settle(&a->db, last_id);
	close_handles(a);
	archive__leave(a);
	return NULL;
}
