// SPDX-License-Identifier: GPL-2.0-or-later
/* Asks the daemon in a thread of its own; see asker.h. */
#include "fdtop/asker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

struct job {
	struct job *next;
	struct answer *answer;
	char target[];
};

struct queue {
	struct job *first, **end;
	size_t cnt;
};

struct asker {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct queue asked, answered;
	int fd; /* eventfd: as many answers are there */
	pthread_t thread;
	bool ending;
	bool busy;	/* the thread asks, and may be kept waiting */
	unsigned users; /* the thread and its owner: the last one frees */
	char socket_path[CLIENT_PATH_MAX + 1];
};

static void push(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
	q->cnt++;
}

static struct job *pop(struct queue *q)
{
	struct job *job = q->first;

	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->end = &q->first;
	q->cnt--;
	return job;
}

void answer__free(struct answer *answer)
{
	if (!answer)
		return;
	if (answer->digest)
		answer->question->free_digest(answer->digest);
	free(answer);
}

static void clear(struct queue *q)
{
	struct job *job;

	while ((job = pop(q))) {
		answer__free(job->answer);
		free(job);
	}
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {};

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void cleanup_client(struct client **c)
{
	client__free(*c);
}

static void fill_fault(struct answer *an, const struct client *c)
{
	an->fault = client__fault(c);
	snprintf(an->message, sizeof(an->message), "%s", client__message(c));
}

static int get(const char *path, const char *target, struct answer *an)
{
	_cleanup_(cleanup_client) struct client *c = NULL;
	_cleanup_free_ char *body = NULL;
	size_t sz;
	int err = client__new(path, &c);

	if (err)
		return err;
	if (!an->question->digest) {
		err = client__open_stream(c, target);
		fill_fault(an, c);
		if (!err)
			an->digest = take_ptr(c);
		return err;
	}
	err = client__get(c, target, &body, &sz);
	fill_fault(an, c);
	if (err)
		return err;
	err = an->question->digest(body, sz, an->arg, &an->digest);
	if (err == -EBADMSG)
		snprintf(an->message, sizeof(an->message),
			 "the daemon's answer is not what was asked for");
	else if (err)
		snprintf(an->message, sizeof(an->message), "%s", strerror(-err));
	return err;
}

static void answer_job(const struct asker *a, struct job *job)
{
	int64_t began = clock_ns(CLOCK_MONOTONIC), cost = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	job->answer->err = get(a->socket_path, job->target, job->answer);
	job->answer->took_ns = clock_ns(CLOCK_MONOTONIC) - began;
	job->answer->cost_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cost;
}

/* Gives up the lock, and the asker with it if nobody else has one. */
static void leave(struct asker *a)
{
	bool last = !--a->users;

	pthread_mutex_unlock(&a->lock);
	if (!last)
		return;
	clear(&a->asked);
	clear(&a->answered);
	close(a->fd);
	pthread_cond_destroy(&a->more);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static void *run(void *arg)
{
	const uint64_t one = 1;
	struct asker *a = arg;
	struct job *job;

	pthread_mutex_lock(&a->lock);
	while (!a->ending) {
		job = pop(&a->asked);
		if (!job) {
			pthread_cond_wait(&a->more, &a->lock);
			continue;
		}
		a->busy = true;
		pthread_mutex_unlock(&a->lock);
		answer_job(a, job);
		pthread_mutex_lock(&a->lock);
		a->busy = false;
		push(&a->answered, job);
		if (write(a->fd, &one, sizeof(one)) < 0)
			break; /* cannot be: it counts to 2^64 */
	}
	leave(a);
	return NULL;
}

/* Signals are for the thread that has the terminal. */
static int start(struct asker *a)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

int asker__new(const char *socket_path, struct asker **ret_asker)
{
	struct asker *a;
	int err;

	if (strlen(socket_path) > CLIENT_PATH_MAX)
		return -ENAMETOOLONG;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	strcpy(a->socket_path, socket_path);
	a->asked.end = &a->asked.first;
	a->answered.end = &a->answered.first;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->more, NULL);
	a->users = 2;
	a->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	err = a->fd < 0 ? -errno : start(a);
	if (err) {
		if (a->fd >= 0)
			close(a->fd);
		free(a);
		return err;
	}
	*ret_asker = a;
	return 0;
}

void asker__free(struct asker *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_signal(&a->more);
	if (a->busy) {
		/* The end does not wait for a daemon that does not answer. */
		pthread_detach(a->thread);
		leave(a);
		return;
	}
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_mutex_lock(&a->lock);
	leave(a);
}

int asker__fd(const struct asker *a)
{
	return a->fd;
}

int asker__ask(struct asker *a, const struct question *question, const char *target, int64_t arg)
{
	struct job *job = calloc(1, sizeof(*job) + strlen(target) + 1);
	int err = 0;

	if (!job)
		return -ENOMEM;
	job->answer = calloc(1, sizeof(*job->answer));
	if (!job->answer) {
		free(job);
		return -ENOMEM;
	}
	strcpy(job->target, target);
	job->answer->question = question;
	job->answer->arg = arg;
	pthread_mutex_lock(&a->lock);
	if (a->asked.cnt >= ASKER_QUEUE_MAX) {
		err = -EBUSY;
	} else {
		push(&a->asked, job);
		pthread_cond_signal(&a->more);
	}
	pthread_mutex_unlock(&a->lock);
	if (err) {
		answer__free(job->answer);
		free(job);
	}
	return err;
}

struct answer *asker__take(struct asker *a)
{
	struct answer *answer = NULL;
	struct job *job;
	uint64_t one;

	if (read(a->fd, &one, sizeof(one)) < 0)
		return NULL;
	pthread_mutex_lock(&a->lock);
	job = pop(&a->answered);
	pthread_mutex_unlock(&a->lock);
	if (job)
		answer = take_ptr(job->answer);
	free(job);
	return answer;
}
