// SPDX-License-Identifier: GPL-2.0-or-later
/* Records on their way to the archive's file; see archive_queue.h. */
#include "alert/archive_queue.h"

#include "alert/archive_db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void archive_queue__init(struct archive_queue *q)
{
	*q = (struct archive_queue){0};
	q->tail = &q->head;
}

void archive_queue__done(struct archive_queue *q)
{
	archive_job__free(q->head);
	archive_queue__init(q);
}

void archive_job__free(struct archive_job *job)
{
	while (job) {
		struct archive_job *next = job->next;

		free(job);
		job = next;
	}
}

/* Copies `from` behind what is at *at, and moves *at on. */
static const char *copy_bytes(char **at, const char *from, size_t sz)
{
	char *to = *at;

	memcpy(to, from, sz);
	to[sz] = '\0';
	*at += sz + 1;
	return to;
}

int archive_job__new_incident(const struct archive_incident *i, size_t json_max,
			      struct archive_job **ret)
{
	const char *texts[] = {i->comm, i->unit, i->rule, i->kind, i->severity, i->message};
	size_t lens[sizeof(texts) / sizeof(*texts)];
	size_t json_sz = i->json ? i->json_sz : 0, sz = sizeof(struct archive_job) + json_sz + 1;
	struct archive_job *job;
	char *at;

	if (i->id < 1 || i->id > ARCHIVE_ID_MAX || i->opened_s < 0 || i->cleared_s < 0)
		return -EINVAL;
	if (json_sz > json_max)
		return -EFBIG;
	for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
		texts[t] = texts[t] ?: "";
		lens[t] = strnlen(texts[t], ARCHIVE_TEXT_MAX + 1);
		if (lens[t] > ARCHIVE_TEXT_MAX)
			return -EFBIG;
		sz += lens[t] + 1;
	}

	job = calloc(1, sz);
	if (!job)
		return -ENOMEM;
	at = (char *)(job + 1);
	job->sz = sz;
	/* The row, its overflow, the index by time, and what leads there. */
	job->pages = 4 + sz / ARCHIVE_PAGE_SZ;
	job->incident = *i;
	job->incident.comm = copy_bytes(&at, texts[0], lens[0]);
	job->incident.unit = copy_bytes(&at, texts[1], lens[1]);
	job->incident.rule = copy_bytes(&at, texts[2], lens[2]);
	job->incident.kind = copy_bytes(&at, texts[3], lens[3]);
	job->incident.severity = copy_bytes(&at, texts[4], lens[4]);
	job->incident.message = copy_bytes(&at, texts[5], lens[5]);
	job->incident.json = copy_bytes(&at, json_sz ? i->json : "", json_sz);
	job->incident.json_sz = json_sz;
	*ret = job;
	return 0;
}

int archive_job__new_point(const char *kind, const char *key, const struct archive_point *p,
			   struct archive_job **ret)
{
	const char *known = archive__kind(kind);
	struct archive_job *job;
	size_t len;
	char *at;

	if (!known || !key || p->time_s < 1 || p->time_s > ARCHIVE_TIME_MAX || p->min > p->max)
		return -EINVAL;
	len = strnlen(key, ARCHIVE_KEY_MAX + 1);
	if (len > ARCHIVE_KEY_MAX)
		return -EFBIG;

	job = calloc(1, sizeof(*job) + len + 1);
	if (!job)
		return -ENOMEM;
	at = (char *)(job + 1);
	job->sz = sizeof(*job) + len + 1;
	/* Each series has leaves of its own. */
	job->pages = 2;
	job->is_point = true;
	job->point.kind = known;
	job->point.key = copy_bytes(&at, key, len);
	job->point.at = *p;
	*ret = job;
	return 0;
}

int archive_queue__push(struct archive_queue *q, struct archive_job *job)
{
	if (q->cnt >= ARCHIVE_QUEUE_MAX || q->bytes + job->sz > ARCHIVE_QUEUE_BYTES_MAX)
		return -ENOBUFS;
	if (job->is_point) {
		if (q->point_cnt >= ARCHIVE_QUEUE_POINTS_MAX ||
		    q->point_bytes + job->sz > ARCHIVE_QUEUE_POINT_BYTES_MAX)
			return -ENOBUFS;
		q->point_cnt++;
		q->point_bytes += job->sz;
	}
	q->cnt++;
	q->bytes += job->sz;
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
	return 0;
}

struct archive_job *archive_queue__take(struct archive_queue *q, unsigned int page_max)
{
	struct archive_job *first = q->head, **end = &q->head;
	unsigned int pages = 0;

	while (*end && (end == &q->head || pages + (*end)->pages <= page_max)) {
		pages += (*end)->pages;
		end = &(*end)->next;
	}
	if (!first)
		return NULL;
	q->head = *end;
	*end = NULL;
	if (!q->head)
		q->tail = &q->head;
	return first;
}

size_t archive_queue__settle(struct archive_queue *q, struct archive_job *batch)
{
	size_t cnt = 0;

	for (const struct archive_job *job = batch; job; job = job->next) {
		cnt++;
		q->cnt--;
		q->bytes -= job->sz;
		if (job->is_point) {
			q->point_cnt--;
			q->point_bytes -= job->sz;
		}
	}
	archive_job__free(batch);
	return cnt;
}

void archive_queue__give_back(struct archive_queue *q, struct archive_job *batch)
{
	struct archive_job **end = &batch;

	if (!batch)
		return;
	while (*end)
		end = &(*end)->next;
	*end = q->head;
	if (!q->head)
		q->tail = end;
	q->head = batch;
}
