// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exactness: after each storm stands still, what the daemon says of every process of the storm
 * equals what the kernel says through /proc, in each tier; and the counters had not drifted.
 */
#include "compare.h"
#include "support.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Of each storm, unless $FDS_ROUNDS says otherwise. */
#define ROUNDS "2"

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
		ok = compare__process(rows, pid, iterates, why, sizeof(why));
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
	const char *rounds = getenv("FDS_ROUNDS") ?: ROUNDS;
	const char *argv[] = {NULL, kind, "--rounds", rounds, "--seed", "1", NULL};
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

/* What the counters had wrong, and what was skipped and explains it, before the storm. */
struct losses {
	long long drift, missed;
};

/*
 * Kernels that preempt hooks skip some, which is told and repaired.  They also keep a task waiting
 * between what it did and the hook that tells, which the passes of such a repair may take for a
 * difference.  Where none was ever skipped, nothing may be wrong.
 */
static void check_drift(const struct fixture *f, const char *tier, const char *kind,
			struct losses *before)
{
	struct losses now = {fixture__status(f, "drift_fds"), fixture__status(f, "missed_updates")};
	long long drift = now.drift - before->drift, missed = now.missed - before->missed;
	char name[96];

	snprintf(name, sizeof(name), "%s: %s, drift", tier, kind);
	if (drift && !now.missed)
		tap__not_ok(name, "%lld descriptors were miscounted", drift);
	else if (drift || missed)
		tap__ok("%s: %lld repaired after %lld skipped hooks", name, drift, missed);
	*before = now;
}

static void run_tier(const char *tier, char *const *kinds, int kind_cnt)
{
	struct fixture f;
	struct losses losses = {};
	int status;

	if (fixture__start(&f, (const char *const[]){"--tier", tier, NULL})) {
		tap__not_ok(tier, "the daemon did not start");
		return;
	}
	for (int i = 0; i < kind_cnt; i++) {
		run_storm(&f, tier, kinds[i]);
		check_drift(&f, tier, kinds[i], &losses);
	}
	status = fixture__stop(&f);
	if (status)
		tap__not_ok(tier, "the daemon ended with %d", status);
	else
		tap__ok("%s: drift %lld after all storms, clean end", tier, losses.drift);
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
