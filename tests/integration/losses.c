// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Losses: what the kernel skips, or has no room for, is known and said; truth passes follow, and
 * what they repair is said too.  Each kind of loss is forced here.
 */
#include "compare.h"
#include "stream.h"
#include "support.h"

#include "fdscope/record.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CROWD_MAX 400
#define HELD	  7 /* descriptors that each of a crowd holds besides its first ones */

struct test {
	const char *tier;
	struct fixture f;
	struct client *c;
	char config[64];
};

/* ---- a crowd: processes with a table of their own that act when told, and then stand still ----
 */

struct crowd {
	pid_t pids[CROWD_MAX];
	int cnt, go[2], done[2], stay[2];
};

static void hold(void)
{
	for (int i = 0; i < HELD; i++)
		if (dup(0) < 0)
			_exit(1);
}

static void fail_once(void)
{
	struct rlimit lim = {HELD, HELD};

	setrlimit(RLIMIT_NOFILE, &lim);
	while (dup(0) >= 0)
		;
}

/* Busy on one processor with what hooks see, until the crowd is told to go on. */
static void churn(int go)
{
	cpu_set_t one;
	char c;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	fcntl(go, F_SETFL, O_NONBLOCK);
	while (read(go, &c, 1) < 0)
		for (int i = 0; i < 1000; i++)
			close(dup(0));
	fcntl(go, F_SETFL, 0);
}

enum part { HOLD, FAIL, CHURN };

static void crowd__start(struct crowd *crowd, int cnt, enum part part)
{
	if (pipe2(crowd->go, O_CLOEXEC) || pipe2(crowd->done, O_CLOEXEC) ||
	    pipe2(crowd->stay, O_CLOEXEC))
		tap__bail("pipe: %s", strerror(errno));
	crowd->cnt = cnt;
	for (int i = 0; i < cnt; i++) {
		crowd->pids[i] = fork();
		if (crowd->pids[i] == 0) {
			char c;

			close(crowd->go[1]);
			close(crowd->stay[1]);
			if (part == CHURN) {
				churn(crowd->go[0]);
			} else if (read(crowd->go[0], &c, 1) == 1) {
				part == HOLD ? hold() : fail_once();
			}
			if (write(crowd->done[1], ".", 1) != 1)
				_exit(1);
			/* Until the other end is closed. */
			_exit(read(crowd->stay[0], &c, 1) != 0);
		}
		if (crowd->pids[i] < 0)
			tap__bail("fork: %s", strerror(errno));
	}
}

/* All act, and it waits until all have. */
static void crowd__act(struct crowd *crowd)
{
	char c;

	for (int i = 0; i < crowd->cnt; i++)
		if (write(crowd->go[1], "g", 1) != 1)
			tap__bail("the crowd is gone");
	for (int i = 0; i < crowd->cnt; i++)
		if (read(crowd->done[0], &c, 1) != 1)
			tap__bail("the crowd is gone");
}

static void crowd__end(struct crowd *crowd)
{
	close(crowd->go[1]);
	close(crowd->go[0]);
	close(crowd->done[0]);
	close(crowd->done[1]);
	close(crowd->stay[0]);
	close(crowd->stay[1]);
	for (int i = 0; i < crowd->cnt; i++)
		waitpid(crowd->pids[i], NULL, 0);
}

/* ---- what is common to the cases ---- */

static void begin(struct test *t, const char *tier, const char *config)
{
	FILE *f;

	t->tier = tier;
	snprintf(t->config, sizeof(t->config), "/tmp/fdscope-losses.%d", getpid());
	f = fopen(t->config, "we");
	if (!f || fprintf(f, "[daemon]\n%s\n", config) < 0 || fclose(f))
		tap__bail("%s: %s", t->config, strerror(errno));
	t->c = stream__start(&t->f,
			     (const char *const[]){"--tier", tier, "--config", t->config, NULL},
			     "resync,drift");
	if (!t->c)
		tap__bail("%s: no daemon", tier);
	json_decref(stream__await(t->c, "hello", 0));
}

static void end(struct test *t)
{
	client__free(t->c);
	unlink(t->config);
	if (fixture__stop(&t->f))
		tap__not_ok(t->tier, "the daemon did not end well");
}

static void check(const struct test *t, const char *name, bool right, const char *why)
{
	char full[96];

	snprintf(full, sizeof(full), "%s: %s", t->tier, name);
	if (right)
		tap__ok("%s", full);
	else
		tap__not_ok(full, "%s", why);
}

/* Every count of the crowd is the kernel's, and the counters are right from here on. */
static void check_exact(const struct test *t, const char *name, const struct crowd *crowd)
{
	json_t *answer = fixture__get(&t->f, "/v1/processes?max_staleness_ms=0");
	char why[256] = "";
	long long drift;
	bool ok = true;

	for (int i = 0; i < crowd->cnt && ok; i++)
		ok = compare__process(json_object_get(answer, "processes"), crowd->pids[i], true,
				      why, sizeof(why));
	json_decref(answer);
	fixture__settle(&t->f);
	drift = fixture__status(&t->f, "drift_fds");
	fixture__settle(&t->f);
	if (ok && fixture__status(&t->f, "drift_fds") != drift) {
		snprintf(why, sizeof(why), "the counters drift on");
		ok = false;
	}
	check(t, name, ok, why);
}

/* The line that something was missed for this reason; others may come before it. */
static json_t *await_resync(struct test *t, const char *why)
{
	json_t *line;

	while ((line = stream__await(t->c, "resync", 0)) && !strstr(stream__text(line, "why"), why))
		json_decref(line);
	return line;
}

static void check_resync(struct test *t, const char *name, const char *why)
{
	json_t *line = await_resync(t, why);

	stream__verdict(t->tier, name, line, line);
}

static long long count_misses(const struct test *t)
{
	json_t *status = fixture__get(&t->f, "/v1/status"), *program;
	long long missed = 0;
	size_t i;

	json_array_foreach (json_object_get(status, "programs"), i, program)
		missed += stream__number(program, "missed");
	json_decref(status);
	return missed;
}

/* ---- the cases ---- */

static void await_stop(pid_t pid)
{
	char path[32], text[512], *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		FILE *f = fopen(path, "re");

		if (!f || !fgets(text, sizeof(text), f))
			tap__bail("the daemon is gone");
		fclose(f);
		state = strrchr(text, ')');
	} while (!state || state[2] != 'T');
}

static void full_ring(const char *tier)
{
	struct crowd crowd;
	struct test t;

	begin(&t, tier, "ring-size=4096");
	crowd__start(&crowd, 40, FAIL);
	/* Nobody empties the ring: a page holds ten of their failures. */
	kill(t.f.pid, SIGSTOP);
	await_stop(t.f.pid);
	crowd__act(&crowd);
	kill(t.f.pid, SIGCONT);
	check_resync(&t, "a full ring is told", "ring buffer");
	check(&t, "lost records are counted", fixture__status(&t.f, "lost_records") >= 20,
	      "status.lost_records is too small");
	check_exact(&t, "counts are exact after a full ring", &crowd);
	check(&t, "a full ring costs no counts",
	      fixture__status(&t.f, "drift_fds") == 0 || count_misses(&t),
	      "status.drift_fds is not 0");
	crowd__end(&crowd);
	end(&t);
}

static void full_map(const char *tier)
{
	struct crowd crowd;
	struct test t;

	begin(&t, tier, "max-tables=64");
	if (fixture__status(&t.f, "untracked_tables")) {
		tap__skip(tier, "a full map: the host fills it by itself");
		end(&t);
		return;
	}
	crowd__start(&crowd, 300, HOLD);
	crowd__act(&crowd);
	check_resync(&t, "a full map is told", "files table");
	check_exact(&t, "counts are exact with a full map", &crowd);
	check(&t, "tables without counters are counted",
	      fixture__status(&t.f, "untracked_tables") > 0 &&
		      fixture__status(&t.f, "missed_updates") > 0,
	      "status.untracked_tables or missed_updates is 0");
	crowd__end(&crowd);
	/* There is room again. */
	crowd__start(&crowd, 10, HOLD);
	crowd__act(&crowd);
	check_exact(&t, "counts are exact when there is room again", &crowd);
	check(&t, "all tables have counters again", fixture__status(&t.f, "untracked_tables") == 0,
	      "status.untracked_tables is not 0");
	crowd__end(&crowd);
	end(&t);
}

/* The map of that number, if that is its name; -1. */
static int open_map(__u32 id, const char *name)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);

	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, name))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The map of that name that a process holds; -1.  The host may have another daemon. */
static int find_map(pid_t holder, const char *name)
{
	int found = -1;

	for (int fd = 0; found < 0 && fd < 1024; fd++) {
		char path[64], line[256];
		__u32 id;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", holder, fd);
		f = fopen(path, "re");
		while (f && found < 0 && fgets(line, sizeof(line), f))
			if (sscanf(line, "map_id: %u", &id) == 1)
				found = open_map(id, name);
		if (f)
			fclose(f);
	}
	return found;
}

/* Spoil the count of a process's table, as a lost event would; false: no counters found. */
static bool spoil(pid_t daemon, pid_t pid, int by)
{
	int map = find_map(daemon, "slots");
	struct fds_table t;
	bool done = false;

	for (__u32 i = 0; map >= 0 && !done && !bpf_map_lookup_elem(map, &i, &t); i++) {
		if (!t.files || t.owner_tgid != (__u32)pid)
			continue;
		t.base += by;
		done = !bpf_map_update_elem(map, &i, &t, BPF_ANY);
	}
	close(map);
	return done;
}

static void wrong_count(const char *tier)
{
	struct crowd crowd;
	json_t *line;
	struct test t;

	begin(&t, tier, "");
	crowd__start(&crowd, 1, HOLD);
	crowd__act(&crowd);
	fixture__settle(&t.f);
	if (!spoil(t.f.pid, crowd.pids[0], 5))
		tap__bail("%s: no counters of the process in the map", tier);
	line = stream__await(t.c, "drift", crowd.pids[0]);
	stream__verdict(tier, "a wrong count is repaired and told", line,
			line && stream__number(line, "drift_fds") == -5);
	check(&t, "drift says how much", fixture__status(&t.f, "drift_fds") == 5,
	      "status.drift_fds is not 5");
	check_exact(&t, "counts are exact after the repair", &crowd);
	crowd__end(&crowd);
	end(&t);
}

static void pause_child(pid_t pid)
{
	int status;

	if (kill(pid, SIGSTOP) || waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		tap__bail("process %d does not stop", pid);
}

/* The same of a process that never rests. */
static void wrong_busy_count(const char *tier)
{
	struct crowd crowd;
	json_t *line;
	struct test t;

	begin(&t, tier, "truth-interval=100ms\ntruth-budget=50%");
	crowd__start(&crowd, 1, CHURN);
	fixture__settle(&t.f);
	/* What it did between the reading and the writing would be lost too. */
	pause_child(crowd.pids[0]);
	if (!spoil(t.f.pid, crowd.pids[0], 50))
		tap__bail("%s: no counters of the process in the map", tier);
	kill(crowd.pids[0], SIGCONT);
	line = stream__await(t.c, "drift", crowd.pids[0]);
	/* A call under way may be in it. */
	stream__verdict(tier, "a wrong count of a busy process is repaired", line,
			line && llabs(stream__number(line, "drift_fds") + 50) <= 1);
	crowd__act(&crowd);
	check_exact(&t, "counts are exact after that", &crowd);
	crowd__end(&crowd);
	end(&t);
}

/* "none voluntary (full)", "full (lazy)" */
static bool is_preemptible(void)
{
	FILE *f = fopen("/sys/kernel/debug/sched/preempt", "re");
	char line[128] = "";
	bool full = f && fgets(line, sizeof(line), f) &&
		    (strstr(line, "(full)") || strstr(line, "(lazy)"));

	if (f)
		fclose(f);
	return full;
}

/* Until the daemon has taken so many more by itself. */
static void await_passes(const struct test *t, int cnt)
{
	long long first = -1, now;

	do {
		json_t *status = fixture__get(&t->f, "/v1/status");

		now = stream__number(json_object_get(status, "snapshot"), "passes");
		json_decref(status);
		if (first < 0)
			first = now;
		usleep(20000);
	} while (now < first + cnt);
}

static void skipped_hooks(const char *tier)
{
	long long repaired = 0, still_ns, late_ns = 0;
	struct timespec now;
	struct crowd crowd;
	json_t *line;
	struct test t;
	char name[96];

	snprintf(name, sizeof(name), "%s: skipped hooks", tier);
	if (!strcmp(tier, "kprobe")) {
		tap__skip(name, "kernels run probes with preemption off");
		return;
	}
	if (!is_preemptible()) {
		tap__skip(name, "this kernel does not preempt hooks (boot with preempt=full)");
		return;
	}
	begin(&t, tier, "");
	crowd__start(&crowd, 8, CHURN);
	for (int tries = 0; tries < 600 && !count_misses(&t); tries++)
		usleep(100000);
	crowd__act(&crowd);
	if (!count_misses(&t)) {
		/* Tracepoints were run with preemption off for long; trampolines never were. */
		if (!strcmp(tier, "trampoline"))
			tap__not_ok(name, "none was skipped in a minute");
		else
			tap__skip(name, "this kernel skipped none in a minute");
		crowd__end(&crowd);
		end(&t);
		return;
	}
	clock_gettime(CLOCK_BOOTTIME, &now);
	still_ns = now.tv_sec * 1000000000ll + now.tv_nsec;
	line = await_resync(&t, "skipped");
	stream__verdict(tier, "skipped hooks are told", line, line);
	await_passes(&t, 3);
	check_exact(&t, "counts are exact after skipped hooks", &crowd);
	/* What status adds up has been told line by line. */
	while (repaired < fixture__status(&t.f, "drift_fds") &&
	       (line = stream__await(t.c, "drift", 0))) {
		repaired += llabs(stream__number(line, "drift_fds"));
		if (stream__number(line, "time_ns") - still_ns > late_ns)
			late_ns = stream__number(line, "time_ns") - still_ns;
		json_decref(line);
	}
	check(&t, "each repair is told", repaired == fixture__status(&t.f, "drift_fds"),
	      "the lines do not add up to status.drift_fds");
	printf("# %s: repaired %lld ms after the last of them at the latest\n", tier,
	       late_ns / 1000000);
	crowd__end(&crowd);
	end(&t);
}

static void run_tier(const char *tier)
{
	if (!strcmp(tier, "sample") || !strcmp(tier, "procfs")) {
		tap__skip(tier, "it keeps no counters that could miss anything");
		return;
	}
	full_ring(tier);
	full_map(tier);
	wrong_count(tier);
	wrong_busy_count(tier);
	skipped_hooks(tier);
}

int main(void)
{
	return stream__run_tiers(run_tier);
}
