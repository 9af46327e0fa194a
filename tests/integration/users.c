// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user has of what is limited per user: a user whom nobody else is takes known numbers of
 * each, and gives them back.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOMEBODY  54321
#define INSTANCES 40
#define WATCHES	  3 /* of one instance: a folder each */
#define EPOLL	  30
#define PIPES	  2
#define PAGES	  64 /* of each pipe */

/* How long an answer may be old, and more: under emulation. */
#define TRIES 600

static bool take_inotify(void)
{
	static const char *const folders[WATCHES] = {"/", "/dev", "/proc"};

	for (int i = 0; i < INSTANCES; i++) {
		int fd = inotify_init1(0);

		if (fd < 0)
			return false;
		for (int k = 0; k < WATCHES && !i; k++)
			if (inotify_add_watch(fd, folders[k], IN_CREATE) < 0)
				return false;
	}
	return true;
}

static bool take_epoll(void)
{
	int epoll = epoll_create1(0);

	for (int i = 0; i < EPOLL; i++) {
		struct epoll_event ev = {.events = EPOLLIN};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, eventfd(0, 0), &ev))
			return false;
	}
	return true;
}

static bool take_pipes(void)
{
	int pages = PAGES * (int)sysconf(_SC_PAGESIZE), ends[2];

	for (int i = 0; i < PIPES; i++)
		if (pipe(ends) || fcntl(ends[0], F_SETPIPE_SZ, pages) != pages)
			return false;
	return true;
}

/* Somebody, who has taken all when this returns and stays until it is killed. */
static pid_t start_somebody(void)
{
	int out[2];
	pid_t pid;
	char c;

	if (pipe2(out, O_CLOEXEC))
		tap__bail("pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		if (setgroups(0, NULL) || setresgid(SOMEBODY, SOMEBODY, SOMEBODY) ||
		    setresuid(SOMEBODY, SOMEBODY, SOMEBODY))
			_exit(1);
		if (!take_inotify() || !take_epoll() || !take_pipes() || write(out[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(out[1]);
	if (read(out[0], &c, 1) != 1)
		tap__bail("somebody could not take it all");
	close(out[0]);
	return pid;
}

/* Somebody's row, to be unreferenced; NULL: there is none. */
static json_t *find_row(const struct fixture *f)
{
	json_t *answer = fixture__get(f, "/v1/system?max_staleness_ms=0"), *row, *found = NULL;
	size_t i;

	json_array_foreach (json_object_get(answer, "users"), i, row)
		if (json_integer_value(json_object_get(row, "uid")) == SOMEBODY)
			found = json_incref(row);
	json_decref(answer);
	return found;
}

/* Until there is a row, or none. */
static json_t *await_row(const struct fixture *f, bool wanted)
{
	for (int tries = 0; tries < TRIES; tries++) {
		json_t *row = find_row(f);

		if (!row == !wanted)
			return row;
		json_decref(row);
		usleep(100000);
	}
	return wanted ? NULL : json_null();
}

static bool is_available(const struct fixture *f)
{
	json_t *status = fixture__get(f, "/v1/status"), *feature;
	bool available = false;
	size_t i;

	json_array_foreach (json_object_get(status, "features"), i, feature)
		if (!strcmp(json_string_value(json_object_get(feature, "name")) ?: "",
			    "user-limits"))
			available = json_is_true(json_object_get(feature, "available"));
	json_decref(status);
	return available;
}

static bool has(const json_t *row, const char *key, long long n)
{
	const json_t *value = json_object_get(row, key);

	return n < 0 ? json_is_null(value)
		     : json_is_integer(value) && json_integer_value(value) == n;
}

/* Where the kernel tells no inotify, it says so, and the rest is there. */
static bool is_right(const json_t *row, bool inotify)
{
	return has(row, "inotify_instances", inotify ? INSTANCES : -1) &&
	       has(row, "inotify_watches", inotify ? WATCHES : -1) &&
	       has(row, "pipe_pages", (long long)PIPES * PAGES) &&
	       (json_is_true(json_object_get(row, "approximate")) ||
		has(row, "epoll_watches", EPOLL));
}

static void play(const struct fixture *f, const char *tier)
{
	bool inotify = is_available(f);
	pid_t pid = start_somebody();
	json_t *row = await_row(f, true);
	char *text = row ? json_dumps(row, JSON_COMPACT) : NULL;

	if (row && is_right(row, inotify))
		tap__ok("%s: what a user has%s", tier, inotify ? "" : ", but for inotify");
	else
		tap__not_ok(tier, "%s", text ?: "no row");
	free(text);
	json_decref(row);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (await_row(f, false))
		tap__not_ok(tier, "a user who has nothing is still there");
	else
		tap__ok("%s: and when it is given back", tier);
}

static void play_procfs(const struct fixture *f)
{
	json_t *answer = fixture__get(f, "/v1/system"), *users = json_object_get(answer, "users");

	if (json_is_array(users) && !json_array_size(users) && !is_available(f))
		tap__ok("procfs: it says that it cannot tell");
	else
		tap__not_ok("procfs", "it tells of users, or says that it can");
	json_decref(answer);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (const char *const *tier = test_tiers(); *tier; tier++) {
		struct fixture f;

		if (fixture__start(&f, (const char *const[]){"--tier", *tier, NULL})) {
			tap__not_ok(*tier, "the daemon did not start");
			continue;
		}
		if (strcmp(*tier, "procfs"))
			play(&f, *tier);
		else
			play_procfs(&f);
		if (fixture__stop(&f))
			tap__not_ok(*tier, "the daemon did not end well");
	}
	return tap__exit();
}
