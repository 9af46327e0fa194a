// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queries: the caller hands a request to the thread that reads, and waits for a short while.  A
 * request that nobody waits for any more is the thread's to free.
 */
#include "alert/archive_impl.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void answer(struct archive *a, struct archive_request *q)
{
	pthread_mutex_lock(&a->lent);
	if (a->reader.db)
		archive_reader__run(&a->reader, q);
	else
		q->error = -EAGAIN;
	pthread_mutex_unlock(&a->lent);
}

void *archive_reader__main(void *ctx)
{
	struct archive *a = ctx;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		struct archive_request *q;

		while (!a->request && !a->stopping)
			pthread_cond_wait(&a->read_wake, &a->lock);
		if (a->stopping)
			break;
		q = take_ptr(a->request);
		pthread_mutex_unlock(&a->lock);
		answer(a, q);
		pthread_mutex_lock(&a->lock);
		a->asked = false;
		if (q->damaged) {
			a->suspect = true;
			pthread_cond_signal(&a->write_wake);
		}
		if (q->abandoned)
			archive_request__free(q);
		else
			q->done = true;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	archive__leave(a);
	return NULL;
}

/* Hands the request over and waits for the answer; -errno: the request is gone. */
static int ask(struct archive *a, struct archive_request *q)
{
	struct timespec end = archive__in_ms(ARCHIVE_READ_MS);
	int err = 0;

	pthread_mutex_lock(&a->lock);
	/* The one before it, which nobody waits for any more, still hangs in the disk. */
	if (a->asked) {
		pthread_mutex_unlock(&a->lock);
		archive_request__free(q);
		return -EAGAIN;
	}
	q->end_ns = clock__now_ns() + ARCHIVE_READ_MS * NSEC_PER_MSEC;
	a->request = q;
	a->asked = true;
	pthread_cond_signal(&a->read_wake);
	while (!q->done && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&a->changed, &a->lock, &end);
	if (!q->done) {
		q->abandoned = true;
		pthread_mutex_unlock(&a->lock);
		return -EAGAIN;
	}
	pthread_mutex_unlock(&a->lock);
	err = q->error;
	if (err)
		archive_request__free(q);
	return err;
}

static int begin_request(const struct archive *a, enum archive_question question,
			 struct archive_request **ret)
{
	struct archive_request *q;

	if (!a->path)
		return -EOPNOTSUPP;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->question = question;
	*ret = q;
	return 0;
}

int archive__incidents(struct archive *a, uint64_t before_id, unsigned int limit,
		       archive_incident_fn fn, void *ctx)
{
	struct archive_request *q;
	int err;

	err = begin_request(a, ARCHIVE_ASK_INCIDENTS, &q);
	if (err)
		return err;
	q->id = before_id && before_id < INT64_MAX ? before_id : INT64_MAX;
	q->limit = limit < ARCHIVE_LIST_MAX ? limit : ARCHIVE_LIST_MAX;
	err = ask(a, q);
	if (err)
		return err;
	for (size_t i = 0; i < q->cnt && !err; i++)
		err = fn(&q->incidents[i], ctx);
	archive_request__free(q);
	return err;
}

int archive__incident(struct archive *a, uint64_t id, char **ret_json, size_t *ret_sz)
{
	struct archive_request *q;
	int err;

	if (id < 1 || id > ARCHIVE_ID_MAX)
		return a->path ? -ENOENT : -EOPNOTSUPP;
	err = begin_request(a, ARCHIVE_ASK_INCIDENT, &q);
	if (err)
		return err;
	q->id = id;
	err = ask(a, q);
	if (err)
		return err;
	*ret_json = take_ptr(q->json);
	*ret_sz = q->json_sz;
	archive_request__free(q);
	return 0;
}

int archive__history(struct archive *a, const char *kind, const char *key, int64_t since_s,
		     archive_point_fn fn, void *ctx)
{
	struct archive_request *q;
	int err;

	if (!archive__kind(kind) || !key || strlen(key) > ARCHIVE_KEY_MAX)
		return -EINVAL;
	err = begin_request(a, ARCHIVE_ASK_HISTORY, &q);
	if (err)
		return err;
	q->kind = archive__kind(kind);
	strcpy(q->key, key);
	q->since_s = since_s;
	q->limit = ARCHIVE_HISTORY_MAX;
	err = ask(a, q);
	if (err)
		return err;
	for (size_t i = 0; i < q->cnt && !err; i++)
		err = fn(&q->points[i], ctx);
	archive_request__free(q);
	return err;
}
