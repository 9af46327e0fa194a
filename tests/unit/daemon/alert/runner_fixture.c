// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tests of the runner share; see runner_fixture.h. */
#include "runner_fixture.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>

#define TURN_US 20000		     /* the longest that a round of the loop waits */
#define TURN_NS (10 * NSEC_PER_MSEC) /* by which the clock moves in each */

/* ---- the clock ---- */

static uint64_t now_ns = HOUR_NS;

/* Takes the place of libc's, also for the event loop. */
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	if (clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return syscall(SYS_clock_gettime, clock, ret);
	*ret = (struct timespec){now_ns / NSEC_PER_SEC, now_ns % NSEC_PER_SEC};
	return 0;
}

void world__advance(uint64_t ns)
{
	now_ns += ns;
}

uint64_t world__real_ns(void)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void world__give_up(struct world *w, int line, const char *condition)
{
	dup2(w->stderr_fd, STDERR_FILENO);
	fail_msg("line %d: never: %s\nsaid: %s\nlog: %s", line, condition, world__said(w),
		 world__log(w));
}

/* ---- begin and end ---- */

static int make_pipe(const struct world *w, const char *name, char *path, size_t path_sz)
{
	snprintf(path, path_sz, "%s/%s", w->dir, name);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(chmod(path, 0666), 0);
	return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

int world__setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct timespec now = {};
	sigset_t child;

	/* One of a test before would have this one's runner look for what is left. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (sigtimedwait(&child, NULL, &now) > 0)
		;
	unsetenv("JOURNAL_STREAM");
	log__set_level(LOG_INFO);
	snprintf(w->dir, sizeof(w->dir), "/tmp/fdscope-runner-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	/* For hooks of other users. */
	assert_int_equal(chmod(w->dir, 0755), 0);
	w->said_fd = make_pipe(w, "said", w->said_path, sizeof(w->said_path));
	w->go_fd = make_pipe(w, "go", w->go_path, sizeof(w->go_path));
	assert_true(w->said_fd >= 0 && w->go_fd >= 0);
	assert_true(sd_event_new(&w->event) >= 0);
	w->config = (struct runner_config){.max_running = 8,
					   .max_queued = 64,
					   .rate_per_min = 1000,
					   .output_max = 4096,
					   .nofile = 512};
	w->log_fd = memfd_create("log", MFD_CLOEXEC);
	w->stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(w->log_fd >= 0 && w->stderr_fd >= 0);
	assert_int_equal(dup2(w->log_fd, STDERR_FILENO), STDERR_FILENO);
	*state = w;
	return 0;
}

int world__teardown(void **state)
{
	struct world *w = *state;
	char command[128];

	runner__free(w->runner);
	sd_event_unref(w->event);
	dup2(w->stderr_fd, STDERR_FILENO);
	close(w->stderr_fd);
	close(w->log_fd);
	close(w->said_fd);
	close(w->go_fd);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	free(w);
	return system(command);
}

void world__start(struct world *w)
{
	assert_int_equal(runner__new(w->event, &w->config, &w->runner), 0);
}

/* ---- hooks ---- */

struct hook world__make_hook(struct world *w, const char *name, const char *script)
{
	struct hook h = {.uid = geteuid(), .gid = getegid(), .timeout_ns = HOUR_NS};
	FILE *f;

	snprintf(h.name, sizeof(h.name), "%s", name);
	snprintf(h.program, sizeof(h.program), "%s/%s", w->dir, name);
	snprintf(h.user, sizeof(h.user), "me");
	snprintf(h.home, sizeof(h.home), "/home/me");
	f = fopen(h.program, "we");
	assert_non_null(f);
	fprintf(f,
		"#!/bin/sh\n"
		"say() { echo \"$*\" >\"$SAID\"; }\n"
		"await() { read line <\"$GO\"; }\n"
		"%s\n",
		script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(h.program, 0755), 0);
	return h;
}

int world__run(struct world *w, const struct hook *h)
{
	char said[128], go[128], dir[128];
	const char *env[] = {said, go, dir, NULL};

	snprintf(said, sizeof(said), "SAID=%s", w->said_path);
	snprintf(go, sizeof(go), "GO=%s", w->go_path);
	snprintf(dir, sizeof(dir), "DIR=%s", w->dir);
	return runner__run(w->runner, h, env, "", 0);
}

void world__release(struct world *w, unsigned int cnt)
{
	while (cnt--)
		assert_int_equal(write(w->go_fd, "\n", 1), 1);
}

void world__turn(struct world *w)
{
	world__advance(TURN_NS);
	assert_true(sd_event_run(w->event, TURN_US) >= 0);
}

/* ---- what became of it ---- */

const char *world__said(struct world *w)
{
	ssize_t len;

	while ((len = read(w->said_fd, w->said + w->said_len, sizeof(w->said) - 1 - w->said_len)) >
	       0)
		w->said_len += len;
	w->said[w->said_len] = '\0';
	return w->said;
}

unsigned int world__count_said(struct world *w, const char *line)
{
	size_t len = strlen(line);
	unsigned int cnt = 0;

	for (const char *s = world__said(w), *end; (end = strchr(s, '\n')); s = end + 1)
		cnt += (size_t)(end - s) == len && !strncmp(s, line, len);
	return cnt;
}

pid_t world__said_pid(struct world *w, const char *word)
{
	size_t len = strlen(word);

	/* Whole lines alone: half a number is another one. */
	for (const char *s = world__said(w), *end; (end = strchr(s, '\n')); s = end + 1)
		if (!strncmp(s, word, len) && s[len] == ' ')
			return atoi(s + len);
	return 0;
}

const char *world__log(struct world *w)
{
	ssize_t len = pread(w->log_fd, w->log, sizeof(w->log) - 1, 0);

	w->log[len > 0 ? len : 0] = '\0';
	return w->log;
}

unsigned int world__count_logged(struct world *w, const char *text)
{
	unsigned int cnt = 0;

	for (const char *s = world__log(w); (s = strstr(s, text)); s = strchrnul(s, '\n'))
		cnt++;
	return cnt;
}

struct runner_stats world__stats(const struct world *w)
{
	struct runner_stats stats;

	runner__stats(w->runner, &stats);
	return stats;
}

bool world__is_gone(pid_t pid)
{
	struct pollfd fd = {.fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	bool gone;

	if (fd.fd < 0) {
		assert_int_equal(errno, ESRCH);
		return true;
	}
	gone = poll(&fd, 1, 0) == 1;
	close(fd.fd);
	return gone;
}

char *world__read(const struct world *w, const char *name, size_t *ret_sz)
{
	char path[PATH_MAX];
	struct stat st;
	char *text;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	f = fopen(path, "re");
	if (!f || fstat(fileno(f), &st))
		fail_msg("%s: %s", path, strerror(errno));
	text = malloc(st.st_size + 1);
	*ret_sz = fread(text, 1, st.st_size, f);
	assert_int_equal(*ret_sz, st.st_size);
	text[*ret_sz] = '\0';
	fclose(f);
	return text;
}

unsigned int world__count_open(const char *path)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int cnt = 0;
	struct dirent *e;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		char target[PATH_MAX];
		ssize_t len = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		cnt += !strcmp(target, path);
	}
	closedir(dir);
	return cnt;
}
