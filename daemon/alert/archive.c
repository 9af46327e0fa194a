// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive: how it begins and ends, and what is put into it; see archive.h. */
#include "alert/archive.h"

#include "alert/archive_impl.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREAD_STACK_SZ ((size_t)1 << 20)
/* How long archive__free waits for a thread beyond ARCHIVE_STOP_MS before it leaves it behind. */
#define STOP_SLACK_MS 500

struct timespec archive__in_ms(uint64_t ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += ms % 1000 * NSEC_PER_MSEC;
	ts.tv_sec += ms / 1000 + ts.tv_nsec / NSEC_PER_SEC;
	ts.tv_nsec %= NSEC_PER_SEC;
	return ts;
}

static void destroy(struct archive *a)
{
	archive_queue__done(&a->queue);
	archive_request__free(a->request);
	pthread_mutex_destroy(&a->lock);
	pthread_mutex_destroy(&a->lent);
	pthread_cond_destroy(&a->write_wake);
	pthread_cond_destroy(&a->read_wake);
	pthread_cond_destroy(&a->changed);
	free(a->path);
	free(a);
}

/* The end of a thread. */
void archive__leave(struct archive *a)
{
	bool last;

	pthread_mutex_lock(&a->lock);
	a->running--;
	last = a->orphaned && !a->running;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	if (last)
		destroy(a);
}

/* `err`: of making the job. */
static int post(struct archive *a, struct archive_job *job, int err)
{
	pthread_mutex_lock(&a->lock);
	if (!err)
		err = archive_queue__push(&a->queue, job);
	if (!err) {
		a->posted++;
		pthread_cond_signal(&a->write_wake);
	} else if (err == -ENOBUFS || err == -ENOMEM) {
		a->dropped++;
	}
	pthread_mutex_unlock(&a->lock);
	if (err)
		archive_job__free(job);
	return err;
}

static void raise_last_id(struct archive *a, uint64_t id)
{
	pthread_mutex_lock(&a->lock);
	if (a->last_id < id)
		a->last_id = id;
	pthread_mutex_unlock(&a->lock);
}

int archive__put_incident(struct archive *a, const struct archive_incident *i)
{
	struct archive_job *job = NULL;
	int err;

	if (!a->path)
		return -EOPNOTSUPP;
	err = archive_job__new_incident(i, a->json_max, &job);
	/* It was given, also if it gets no further. */
	if (i->id <= ARCHIVE_ID_MAX)
		raise_last_id(a, i->id);
	return post(a, job, err);
}

int archive__put_point(struct archive *a, const char *kind, const char *key,
		       const struct archive_point *p)
{
	struct archive_job *job = NULL;
	int err;

	if (!a->path)
		return -EOPNOTSUPP;
	err = archive_job__new_point(kind, key, p, &job);
	return post(a, job, err);
}

int archive__flush(struct archive *a, unsigned int timeout_ms)
{
	struct timespec end = archive__in_ms(timeout_ms);
	uint64_t upto, dropped;
	int err = 0;

	if (!a->path)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&a->lock);
	upto = a->posted;
	dropped = a->dropped;
	while (a->settled < upto && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&a->changed, &a->lock, &end);
	if (a->settled < upto)
		err = -ETIMEDOUT;
	else
		err = a->dropped == dropped ? 0 : -EIO;
	pthread_mutex_unlock(&a->lock);
	return err;
}

int archive__last_id(struct archive *a, uint64_t *ret)
{
	if (!a->path)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&a->lock);
	*ret = a->last_id;
	pthread_mutex_unlock(&a->lock);
	return 0;
}

void archive__status(struct archive *a, struct archive_status *ret)
{
	static const char *const states[] = {
		[ARCHIVE_OFF] = "off",
		[ARCHIVE_OK] = "ok",
		[ARCHIVE_UNAVAILABLE] = "unavailable",
	};

	pthread_mutex_lock(&a->lock);
	*ret = (struct archive_status){
		.state = states[a->state],
		.bytes = a->bytes,
		.incidents = a->counts.incidents,
		.points = a->counts.points,
		.series = a->counts.series,
		.dropped = a->dropped,
		.queued = a->queue.cnt,
		.damaged = a->damaged,
	};
	memcpy(ret->why, a->why, sizeof(ret->why));
	pthread_mutex_unlock(&a->lock);
}

/* ---- begin and end ---- */

static int start_thread(struct archive *a, void *(*run)(void *ctx), pthread_t *ret)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int err;

	err = pthread_attr_init(&attr);
	if (err)
		return -err;
	pthread_attr_setstacksize(&attr, THREAD_STACK_SZ);
	a->running++;
	/* Signals are the main loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(ret, &attr, run, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (err)
		a->running--;
	return -err;
}

static void init_locks(struct archive *a)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&a->lock, NULL);
	pthread_mutex_init(&a->lent, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->write_wake, &attr);
	pthread_cond_init(&a->read_wake, &attr);
	pthread_cond_init(&a->changed, &attr);
	pthread_condattr_destroy(&attr);
}

/* So long that a disk that works has the file open, and its ids are known. */
static void wait_for_open(struct archive *a)
{
	struct timespec end = archive__in_ms(ARCHIVE_OPEN_MS);
	uint64_t now_s = time(NULL);
	int err = 0;

	pthread_mutex_lock(&a->lock);
	while (!a->tried && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&a->changed, &a->lock, &end);
	/* Ids that the file may hold are not known: above all that it can have by now. */
	if (!a->started && a->last_id < now_s)
		a->last_id = now_s;
	pthread_mutex_unlock(&a->lock);
}

int archive__new(const struct archive_config *c, struct archive **ret)
{
	struct archive *a;
	int err;

	if (c->path[0] && c->path[0] != '/')
		return -EINVAL;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	init_locks(a);
	archive_queue__init(&a->queue);
	if (!c->path[0]) {
		*ret = a;
		return 0;
	}

	a->path = strdup(c->path);
	if (!a->path) {
		destroy(a);
		return -ENOMEM;
	}
	a->state = ARCHIVE_UNAVAILABLE;
	snprintf(a->why, sizeof(a->why), "not open yet");
	a->retry_ms = c->retry_ms ?: ARCHIVE_RETRY_MS;
	archive_db__init(&a->db, c, archive_writer__is_over, a);
	a->json_max = (c->max_bytes > ARCHIVE_BYTES_MIN ? c->max_bytes : ARCHIVE_BYTES_MIN) / 16;
	if (a->json_max > ARCHIVE_JSON_MAX)
		a->json_max = ARCHIVE_JSON_MAX;
	err = start_thread(a, archive_reader__main, &a->reader_thread);
	if (err) {
		destroy(a);
		return err;
	}
	err = start_thread(a, archive_writer__main, &a->writer);
	if (err) {
		pthread_mutex_lock(&a->lock);
		a->stopping = true;
		pthread_cond_broadcast(&a->read_wake);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->reader_thread, NULL);
		destroy(a);
		return err;
	}
	wait_for_open(a);
	*ret = a;
	return 0;
}

void archive__free(struct archive *a)
{
	struct timespec end = archive__in_ms(ARCHIVE_STOP_MS + STOP_SLACK_MS);
	pthread_t writer, reader;
	int err = 0;

	if (!a)
		return;
	if (!a->path) {
		destroy(a);
		return;
	}
	writer = a->writer;
	reader = a->reader_thread;
	pthread_mutex_lock(&a->lock);
	a->stopping = true;
	a->stop_ns = clock__now_ns() + ARCHIVE_STOP_MS * NSEC_PER_MSEC;
	pthread_cond_broadcast(&a->write_wake);
	pthread_cond_broadcast(&a->read_wake);
	while (a->running && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&a->changed, &a->lock, &end);
	if (a->running) {
		a->orphaned = true;
		pthread_mutex_unlock(&a->lock);
		log_warning("archive: still in the disk; left behind");
		pthread_detach(writer);
		pthread_detach(reader);
		return;
	}
	pthread_mutex_unlock(&a->lock);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	destroy(a);
}
