// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many processes, short lives, numbers used again, kernel threads, pid namespaces.
 */
#include "compare.h"
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CROWD_PROCESSES "10000"
#define CROWD_FDS	"5"
#define CROWD_RSS_MAX	(64ll << 20) /* the daemon's memory with that many processes */
#define SHORT_LIVES	"20000"
/* What a heap may keep of its largest extent; a row leaked per life would be 4 MiB and more. */
#define SHORT_RSS_GROWTH_MAX (1ll << 20)

static const char *helper_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/tests/%s", build_dir(), name);
	return path;
}

static json_t *all_rows(const struct fixture *f, json_t **ret_answer)
{
	*ret_answer = fixture__get(f, "/v1/processes?max_staleness_ms=0");
	return json_object_get(*ret_answer, "processes");
}

static json_t *row_of(json_t *rows, pid_t pid)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (json_integer_value(json_object_get(row, "pid")) == pid)
			return row;
	return NULL;
}

static long long number(json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

/* ---- every process ---- */

static size_t list_pids(pid_t *pids, size_t max)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	size_t cnt = 0;

	while (dir && cnt < max && (e = readdir(dir)))
		if (atoi(e->d_name))
			pids[cnt++] = atoi(e->d_name);
	if (dir)
		closedir(dir);
	return cnt;
}

static bool is_listed(const pid_t *pids, size_t cnt, pid_t pid)
{
	for (size_t i = 0; i < cnt; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/*
 * Who is in /proc before and after the question must be in the answer, and who is in the answer
 * must have been there before or after.
 */
static void check_everybody(const struct fixture *f, const char *tier, const char *when)
{
	static pid_t before[65536], after[65536];
	size_t before_cnt = list_pids(before, 65536), after_cnt, missing = 0, ghosts = 0, both = 0;
	json_t *answer, *rows = all_rows(f, &answer), *row;
	char name[96];
	size_t i;

	after_cnt = list_pids(after, 65536);
	for (i = 0; i < before_cnt; i++) {
		if (!is_listed(after, after_cnt, before[i]))
			continue;
		both++;
		missing += !row_of(rows, before[i]);
	}
	json_array_foreach (rows, i, row) {
		pid_t pid = number(row, "pid");

		ghosts += !is_listed(before, before_cnt, pid) && !is_listed(after, after_cnt, pid);
	}
	json_decref(answer);
	snprintf(name, sizeof(name), "%s: /proc and the daemon list the same processes %s", tier,
		 when);
	/* One that began and ended while the answer was made is no ghost; more than a few are. */
	if (!missing && both && ghosts < 10)
		tap__ok("%s (%zu)", name, both);
	else
		tap__not_ok(name, "%zu missing, %zu ghosts of %zu", missing, ghosts, both);
}

/* ---- 10,000 processes ---- */

static void check_crowd(const struct fixture *f, const char *tier)
{
	const char *argv[] = {helper_path("crowd"), CROWD_PROCESSES, CROWD_FDS, NULL};
	char why[256] = "", name[96];
	int parent = 0, right = 0;
	json_t *rows, *answer, *row;
	struct helper crowd;
	long long rss;
	char *line;
	size_t i;

	snprintf(name, sizeof(name), "%s: every one of " CROWD_PROCESSES " processes", tier);
	if (helper__start(&crowd, argv) || !(line = helper__line(&crowd)) ||
	    sscanf(line, "ready %d", &parent) != 1)
		tap__bail("no crowd");
	rows = all_rows(f, &answer);
	json_array_foreach (rows, i, row) {
		if (number(row, "ppid") != parent)
			continue;
		if (!compare__process(rows, number(row, "pid"), strcmp(tier, "procfs") != 0, why,
				      sizeof(why)))
			break;
		right++;
		/* So that the search for a row stays short: each is asked for once, in order. */
		json_array_remove(rows, i--);
	}
	json_decref(answer);
	if (right == atoi(CROWD_PROCESSES))
		tap__ok("%s", name);
	else
		tap__not_ok(name, "%d right, then: %s", right, why);
	rss = fixture__status(f, "rss_bytes");
	snprintf(name, sizeof(name), "%s: memory with " CROWD_PROCESSES " processes", tier);
	if (getenv("FDS_SANITIZED"))
		tap__skip(name, "sanitizers take memory of their own");
	else if (rss > 0 && rss < CROWD_RSS_MAX)
		tap__ok("%s: %lld KiB", name, rss >> 10);
	else
		tap__not_ok(name, "%lld KiB", rss >> 10);
	if (helper__stop(&crowd))
		tap__not_ok("crowd", "it did not end well");
}

/* ---- 20,000 short lives ---- */

static void check_short_lives(const struct fixture *f, const char *tier)
{
	const char *argv[] = {helper_path("crowd"), "--short", SHORT_LIVES, NULL};
	long long before, after;
	struct helper crowd;
	char name[96];
	char *line;

	fixture__settle(f);
	before = fixture__status(f, "rss_bytes");
	if (helper__start(&crowd, argv))
		tap__bail("no crowd");
	while ((line = helper__line(&crowd)) && strcmp(line, "done"))
		;
	helper__stop(&crowd);
	fixture__settle(f);
	after = fixture__status(f, "rss_bytes");
	snprintf(name, sizeof(name), "%s: memory after " SHORT_LIVES " short lives", tier);
	if (getenv("FDS_SANITIZED"))
		tap__skip(name, "sanitizers keep freed memory");
	else if (after - before < SHORT_RSS_GROWTH_MAX)
		tap__ok("%s: %+lld KiB", name, (after - before) / 1024);
	else
		tap__not_ok(name, "%lld KiB, %lld before", after >> 10, before >> 10);
}

/* ---- a pid used again ---- */

/* A child with `fds` further descriptors, asleep. */
static pid_t sleeper(int fds)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		tap__bail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < fds; i++)
			if (dup(STDIN_FILENO) < 0)
				_exit(1);
		if (write(ready[1], ".", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		tap__bail("a child could not make its descriptors");
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * /proc tells the start of a process in hundredths of a second, which the procfs tier cannot look
 * behind: two lives in one of them are one to it.
 */
static void wait_for_tick(void)
{
	struct timespec start, now;

	clock_gettime(CLOCK_BOOTTIME, &start);
	do
		clock_gettime(CLOCK_BOOTTIME, &now);
	while (now.tv_sec == start.tv_sec && now.tv_nsec / 10000000 == start.tv_nsec / 10000000);
}

/* Have the next fork give this pid; -errno. */
static int set_next_pid(pid_t pid)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%d", pid - 1) < 0)
		err = -errno;
	close(fd);
	return err;
}

static void check_reuse(const struct fixture *f, const char *tier)
{
	long long table = 0, start = 0;
	pid_t first = 0, second = 0;
	char name[96], why[256] = "";
	json_t *rows, *answer, *row;
	bool ok;

	snprintf(name, sizeof(name), "%s: a pid that is used again is another process", tier);
	/* Others fork too and may be faster: try again. */
	for (int tries = 0; tries < 50; tries++) {
		first = sleeper(200);
		rows = all_rows(f, &answer);
		row = row_of(rows, first);
		table = number(row, "table");
		start = number(row, "start_time_ns");
		json_decref(answer);
		end(first);
		wait_for_tick();
		if (set_next_pid(first)) {
			tap__skip(name, "this kernel does not let pids be chosen");
			return;
		}
		second = sleeper(3);
		if (second == first)
			break;
		end(second);
	}
	if (second != first) {
		tap__skip(name, "the pid was never given again");
		return;
	}
	rows = all_rows(f, &answer);
	row = row_of(rows, second);
	ok = compare__process(rows, second, strcmp(tier, "procfs") != 0, why, sizeof(why));
	if (ok && (number(row, "table") == table || number(row, "start_time_ns") == start ||
		   number(row, "peak") >= 200)) {
		char *dump = json_dumps(row, JSON_COMPACT);

		snprintf(why, sizeof(why), "it has something of the first: %s", dump);
		free(dump);
		ok = false;
	}
	if (ok)
		tap__ok("%s", name);
	else
		tap__not_ok(name, "%s", why);
	json_decref(answer);
	end(second);
}

/* ---- kernel threads ---- */

static void check_kernel_threads(const struct fixture *f, const char *tier)
{
	json_t *answer, *rows = all_rows(f, &answer), *row = row_of(rows, 2);
	char name[96];

	snprintf(name, sizeof(name), "%s: a kernel thread is shown, with nothing open", tier);
	/* In a pid namespace of its own there are none. */
	if (!row || number(row, "ppid") != 0)
		tap__skip(name, "no kernel threads are seen here");
	else if (json_is_true(json_object_get(row, "kthread")) && !number(row, "allocated"))
		tap__ok("%s", name);
	else
		tap__not_ok(name, "%lld descriptors", number(row, "allocated"));
	json_decref(answer);
}

/* ---- the daemon within a pid namespace ---- */

static void check_namespace(void)
{
	char exact[256];
	int status;
	pid_t pid;

	snprintf(exact, sizeof(exact), "%s/tests/integration/exact", build_dir());
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		/* What fails there shows on our stderr. */
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execlp("unshare", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
		       exact, "open", "fork", "threads", "pid-namespace", NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		tap__ok("a daemon within a pid namespace is exact about it");
	else
		tap__not_ok("a daemon within a pid namespace", "status %x", status);
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
		check_everybody(&f, *tier, "at rest");
		check_kernel_threads(&f, *tier);
		check_reuse(&f, *tier);
		check_crowd(&f, *tier);
		check_short_lives(&f, *tier);
		check_everybody(&f, *tier, "after all that");
		if (fixture__status(&f, "drift_fds"))
			tap__not_ok(*tier, "counters drifted");
		if (fixture__stop(&f))
			tap__not_ok(*tier, "the daemon did not end well");
	}
	check_namespace();
	return tap__exit();
}
