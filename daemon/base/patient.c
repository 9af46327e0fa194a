// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread that reads, and is left behind if it does not come back; see patient.h. */
#include "base/patient.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define THREAD_STACK_SZ ((size_t)256 << 10)
/* What takes no longer is no waiting: a switch to the thread and back on a busy machine. */
#define FREE_NS (5 * NSEC_PER_MSEC)
/* At most a tenth of the time goes into waiting, but for bursts: slow machines wait often, and
 * briefly. */
#define TIME_SHARE 10
#define CREDIT_NS  (int64_t)(2 * NSEC_PER_SEC)

/* The thread's while it is asked and not done, else the caller's; once abandoned the thread's. */
struct worker {
	pthread_cond_t wake, answered; /* with `lock` */
	bool asked, done, abandoned;
	int dir;
	char name[PATIENT_NAME_MAX + 1];
	char *buf;
	size_t buf_sz, want_sz;
	ssize_t len;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int abandoned_cnt; /* with `lock` */

/* The caller's alone. */
static struct worker *idle;
static int64_t credit_ns = CREDIT_NS;
static uint64_t last_ns;

/* ---- the thread ---- */

static ssize_t read_file(const struct worker *w)
{
	_cleanup_close_ int fd = openat(w->dir, w->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err = fd < 0 ? -errno : 0;
	size_t used = 0;

	/* Whatever it waits for, it holds one descriptor of what may be the last. */
	close(w->dir);
	if (err)
		return err;
	while (used < w->want_sz) {
		ssize_t len = read(fd, w->buf + used, w->want_sz - used);

		if (len < 0)
			return -errno;
		if (len == 0)
			break;
		used += len;
	}
	return used;
}

static void free_worker(struct worker *w)
{
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->answered);
	free(w->buf);
	free(w);
}

static void *work(void *ctx)
{
	struct worker *w = ctx;

	pthread_mutex_lock(&lock);
	for (;;) {
		ssize_t len;

		while (!w->asked)
			pthread_cond_wait(&w->wake, &lock);
		w->asked = false;
		pthread_mutex_unlock(&lock);
		len = read_file(w);
		pthread_mutex_lock(&lock);
		if (w->abandoned)
			break;
		w->len = len;
		w->done = true;
		/* Not yet locked again: who is woken would have to wait for it. */
		pthread_mutex_unlock(&lock);
		pthread_cond_signal(&w->answered);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	free_worker(w);
	/* Last: who counts none finds nothing left. */
	pthread_mutex_lock(&lock);
	abandoned_cnt--;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* ---- the caller ---- */

static int start_thread(struct worker *w)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	int err;

	err = pthread_attr_init(&attr);
	if (err)
		return -err;
	pthread_attr_setstacksize(&attr, THREAD_STACK_SZ);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/* Signals are the main loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, &attr, work, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	/* No thread may be had, for want of memory or by a limit: as if all were taken. */
	return err == EAGAIN ? -EBUSY : -err;
}

static int make_worker(struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	int err;

	if (!w)
		return -ENOMEM;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_cond_init(&w->answered, &attr);
	pthread_condattr_destroy(&attr);
	err = start_thread(w);
	if (err)
		free_worker(w);
	else
		*ret = w;
	return err;
}

/* The idle one gets what to read; it is asked with ask(). */
static int prepare(int dir, const char *name, size_t want_sz)
{
	int err;

	if (!idle) {
		if (patient__abandoned() >= PATIENT_ABANDONED_MAX)
			return -EBUSY;
		err = make_worker(&idle);
		if (err)
			return err;
	}
	if (idle->buf_sz < want_sz) {
		char *buf = realloc(idle->buf, want_sz);

		if (!buf)
			return -ENOMEM;
		idle->buf = buf;
		idle->buf_sz = want_sz;
	}
	idle->want_sz = want_sz;
	memcpy(idle->name, name, strlen(name) + 1);
	idle->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	return idle->dir < 0 ? -errno : 0;
}

/* Whether it has answered by then; else it is abandoned. */
static bool ask(uint64_t until_ns)
{
	struct timespec until = {until_ns / NSEC_PER_SEC, until_ns % NSEC_PER_SEC};
	struct worker *w = idle;
	bool done;
	int err = 0;

	pthread_mutex_lock(&lock);
	w->done = false;
	w->asked = true;
	pthread_mutex_unlock(&lock);
	pthread_cond_signal(&w->wake);
	pthread_mutex_lock(&lock);
	while (!w->done && !err)
		err = pthread_cond_timedwait(&w->answered, &lock, &until);
	done = w->done;
	if (!done) {
		w->abandoned = true;
		abandoned_cnt++;
		idle = NULL;
	}
	pthread_mutex_unlock(&lock);
	return done;
}

static bool may_wait(uint64_t now_ns)
{
	credit_ns += (now_ns - last_ns) / TIME_SHARE;
	if (credit_ns > CREDIT_NS || !last_ns)
		credit_ns = CREDIT_NS;
	last_ns = now_ns;
	return credit_ns > 0;
}

ssize_t patient__read(int dir, const char *name, char *buf, size_t buf_sz)
{
	uint64_t begin = clock__monotonic_ns(), took;
	bool done;
	int err;

	if (!buf_sz || strlen(name) > PATIENT_NAME_MAX)
		return -EINVAL;
	if (!may_wait(begin))
		return -EBUSY;
	err = prepare(dir, name, buf_sz - 1);
	if (err)
		return err;
	done = ask(begin + PATIENT_WAIT_MS * NSEC_PER_MSEC);
	took = clock__monotonic_ns() - begin;
	if (took > FREE_NS)
		credit_ns -= took;
	if (!done)
		return -EBUSY;
	if (idle->len < 0)
		return idle->len;
	memcpy(buf, idle->buf, idle->len);
	buf[idle->len] = '\0';
	return idle->len;
}

unsigned int patient__abandoned(void)
{
	unsigned int cnt;

	pthread_mutex_lock(&lock);
	cnt = abandoned_cnt;
	pthread_mutex_unlock(&lock);
	return cnt;
}
