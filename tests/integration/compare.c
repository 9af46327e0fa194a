// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows against /proc; see compare.h. */
#include "compare.h"

#include "../helpers/truth.h"

#include <inttypes.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

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
bool compare__process(json_t *rows, pid_t pid, bool iterates, char *why, size_t why_sz)
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
