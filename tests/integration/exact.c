// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exactness: after each storm stands still, what the daemon says of every process of the storm
 * equals what the kernel says through /proc, in each tier; and the counters had not drifted.
 */
#include "support.h"

#include "../helpers/truth.h"

#include <inttypes.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS "2"

/* Whether two tasks use one files table; a task that has ended uses none. */
static bool same_table(pid_t a, pid_t b)
{
	return a == b || syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) == 0;
}

/* The row of a process in {"processes":[...]} whose table task `tid` uses; NULL: none. */
static json_t *find_row(json_t *rows, pid_t pid, pid_t tid)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (json_integer_value(json_object_get(row, "pid")) == pid &&
		    same_table(tid, json_integer_value(json_object_get(row, "tid"))))
			return row;
	return NULL;
}

static uint64_t limit_of(json_t *row, const char *key)
{
	json_t *v = json_object_get(row, key);

	return json_is_null(v) ? TRUTH_UNLIMITED : (uint64_t)json_integer_value(v);
}

static bool differs(char *why, size_t why_sz, const char *what, pid_t tid, int64_t ours,
		    int64_t kernels)
{
	if (ours == kernels)
		return false;
	snprintf(why, why_sz, "%s of %d: %" PRId64 ", the kernel says %" PRId64, what, tid, ours,
		 kernels);
	return true;
}

/* Whether the row says what the kernel says of this task; else `why`. */
static bool check_task(json_t *row, pid_t pid, pid_t tid, bool iterates, char *why, size_t why_sz)
{
	int64_t allocated = json_integer_value(json_object_get(row, "allocated"));
	int64_t installed = json_integer_value(json_object_get(row, "installed"));
	json_t *h = json_object_get(row, "highest");
	int64_t highest = json_is_null(h) ? -1 : json_integer_value(h);
	struct truth t;

	if (truth__read(pid, tid == pid ? 0 : tid, &t)) {
		snprintf(why, why_sz, "%d is gone", tid);
		return false;
	}
	if (differs(why, why_sz, "installed", tid, installed, t.installed))
		return false;
	if (t.allocated_known && differs(why, why_sz, "allocated", tid, allocated, t.allocated))
		return false;
	/* The kernel's list lacks numbers that are reserved, which may be the highest. */
	if (allocated == installed && differs(why, why_sz, "highest", tid, highest, t.highest))
		return false;
	if (iterates && highest < t.highest) {
		snprintf(why, why_sz, "highest of %d: %" PRId64 " below %" PRId64, tid, highest,
			 t.highest);
		return false;
	}
	return !differs(why, why_sz, "soft limit", tid, limit_of(row, "soft_limit"), t.soft) &&
	       !differs(why, why_sz, "hard limit", tid, limit_of(row, "hard_limit"), t.hard);
}

/* Whether the task has ended and waits to be reaped: it has no table then. */
static bool has_ended(pid_t pid, pid_t tid)
{
	char path[64], line[256], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "State: %c", &state) == 1)
			break;
	if (f)
		fclose(f);
	return state == 'Z' || state == 'X';
}

/* Every task of the process that lives has a row with its table, and the row is right. */
static bool check_process(json_t *rows, pid_t pid, bool iterates, char *why, size_t why_sz)
{
	char path[64];
	struct dirent *e;
	bool ok = true;
	DIR *dir;

	if (!find_row(rows, pid, pid) && !has_ended(pid, pid)) {
		snprintf(why, why_sz, "%d is missing", pid);
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir) {
		snprintf(why, why_sz, "%d is gone", pid);
		return false;
	}
	while (ok && (e = readdir(dir))) {
		pid_t tid = atoi(e->d_name);
		json_t *row;

		if (!tid || has_ended(pid, tid))
			continue;
		row = find_row(rows, pid, tid);
		if (row) {
			ok = check_task(row, pid, tid, iterates, why, why_sz);
		} else {
			snprintf(why, why_sz, "no row has the table of thread %d of %d", tid, pid);
			ok = false;
		}
	}
	closedir(dir);
	return ok;
}

static void check_still(const struct fixture *f, const char *tier, const char *line)
{
	bool iterates = strcmp(tier, "procfs") != 0;
	char name[128], why[256] = "", kind[64];
	int round = 0, at = 0, processes = 0;
	json_t *answer, *rows;
	bool ok = true;

	if (sscanf(line, "still %63s %d%n", kind, &round, &at) != 2)
		tap__bail("storm said '%s'", line);
	snprintf(name, sizeof(name), "%s: %s, round %d", tier, kind, round);
	answer = fixture__get(f, "/v1/processes?max_staleness_ms=0");
	rows = json_object_get(answer, "processes");
	for (const char *p = line + at; ok && *p; processes++) {
		char *end;
		pid_t pid = strtol(p, &end, 10);

		if (end == p)
			break;
		ok = check_process(rows, pid, iterates, why, sizeof(why));
		p = end;
	}
	json_decref(answer);
	if (ok && !processes) {
		snprintf(why, sizeof(why), "the storm named no process");
		ok = false;
	}
	if (ok)
		tap__ok("%s (%d processes)", name, processes);
	else
		tap__not_ok(name, "%s", why);
}

static void run_storm(const struct fixture *f, const char *tier, const char *kind)
{
	const char *argv[] = {NULL, kind, "--rounds", ROUNDS, "--seed", "1", NULL};
	char program[256], name[96];
	struct helper storm;
	char *line;
	int status;

	snprintf(program, sizeof(program), "%s/tests/storm", build_dir());
	snprintf(name, sizeof(name), "%s: %s", tier, kind);
	argv[0] = program;
	if (helper__start(&storm, argv))
		tap__bail("cannot start %s", program);
	while ((line = helper__line(&storm))) {
		if (!strncmp(line, "skip ", 5)) {
			tap__skip(name, line + 5 + strcspn(line + 5, " "));
		} else if (!strncmp(line, "still ", 6)) {
			check_still(f, tier, line);
			if (strcmp(tier, "sample") && strcmp(tier, "procfs"))
				fixture__settle(f);
			helper__tell(&storm, "go\n");
		} else if (!strcmp(line, "done")) {
			break;
		}
	}
	status = helper__stop(&storm);
	if (status)
		tap__not_ok(name, "the storm ended with %d", status);
}

static void check_drift(const struct fixture *f, const char *tier, const char *kind,
			long long *before)
{
	long long drift = fixture__status(f, "drift_fds");

	if (drift != *before) {
		char name[96];

		snprintf(name, sizeof(name), "%s: %s, drift", tier, kind);
		tap__not_ok(name, "%lld descriptors were miscounted", drift - *before);
	}
	*before = drift;
}

static void run_tier(const char *tier, char *const *kinds, int kind_cnt)
{
	struct fixture f;
	long long drift = 0;
	int status;

	if (fixture__start(&f, (const char *const[]){"--tier", tier, NULL})) {
		tap__not_ok(tier, "the daemon did not start");
		return;
	}
	for (int i = 0; i < kind_cnt; i++) {
		run_storm(&f, tier, kinds[i]);
		check_drift(&f, tier, kinds[i], &drift);
	}
	status = fixture__stop(&f);
	if (status)
		tap__not_ok(tier, "the daemon ended with %d", status);
	else
		tap__ok("%s: drift %lld after all storms, clean end", tier, drift);
}

/* What `storm --list` lists. */
static int list_kinds(char **kinds, int max)
{
	char program[256];
	struct helper list;
	int cnt = 0;
	char *line;

	snprintf(program, sizeof(program), "%s/tests/storm", build_dir());
	if (helper__start(&list, (const char *const[]){program, "--list", NULL}))
		tap__bail("cannot start %s", program);
	while ((line = helper__line(&list)) && cnt < max)
		kinds[cnt++] = strndup(line, strcspn(line, "\t"));
	helper__stop(&list);
	return cnt;
}

int main(int argc, char **argv)
{
	const char *const *tier = test_tiers();
	char *all[128];
	int cnt = list_kinds(all, 128);

	signal(SIGPIPE, SIG_IGN);
	if (!cnt)
		tap__bail("no storms");
	for (; *tier; tier++)
		run_tier(*tier, argc > 1 ? argv + 1 : all, argc > 1 ? argc - 1 : cnt);
	for (int i = 0; i < cnt; i++)
		free(all[i]);
	return tap__exit();
}
