// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fdpair: what a pair of calls costs on this host at this moment: open+close, dup+close, or
 * getppid twice as the measure of a system call alone. Also a flood of all of it on every core.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Short enough that many batches meet no interrupt, long enough that the clock costs nothing. */
#define BATCH	    256
#define MAX_BATCHES 200000

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "fdpair: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void pair_open(void)
{
	int fd = open("/dev/null", O_RDONLY);

	if (fd < 0 || close(fd) < 0)
		die("open and close");
}

static void pair_dup(void)
{
	int fd = dup(STDERR_FILENO);

	if (fd < 0 || close(fd) < 0)
		die("dup and close");
}

/* By number: libc may remember an answer. */
static void pair_getppid(void)
{
	syscall(SYS_getppid);
	syscall(SYS_getppid);
}

struct kind {
	const char *name;
	void (*pair)(void);
};

static const struct kind kinds[] = {
	{"open", pair_open},
	{"dup", pair_dup},
	{"getppid", pair_getppid},
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Until the time is over or iters pairs are done, whichever is given. */
static int measure(const struct kind *k, double seconds, uint64_t iters)
{
	uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), start, stop, done = 0;
	double *costs = calloc(MAX_BATCHES, sizeof(*costs));
	size_t cnt = 0;
	int i;

	if (!costs)
		die("calloc");
	/* The first batch pays for page faults and cold caches; it does not count. */
	for (i = 0; i < BATCH; i++)
		k->pair();
	do {
		start = now_ns();
		for (i = 0; i < BATCH; i++)
			k->pair();
		stop = now_ns();
		done += BATCH;
		costs[cnt++ % MAX_BATCHES] = (double)(stop - start) / BATCH;
	} while (iters ? done < iters : stop < end);
	if (cnt > MAX_BATCHES)
		cnt = MAX_BATCHES;
	qsort(costs, cnt, sizeof(*costs), compare);
	printf("%s min=%.1f median=%.1f iters=%llu\n", k->name, costs[0], costs[cnt / 2],
	       (unsigned long long)done);
	free(costs);
	return 0;
}

static void flood_once(unsigned int turn)
{
	int status, pair[2], i;
	pid_t pid;

	for (i = 0; i < 200; i++) {
		pair_open();
		pair_dup();
	}
	if (pipe(pair) < 0 || dup2(pair[0], pair[1]) < 0 || close(pair[0]) < 0 ||
	    close(pair[1]) < 0)
		die("pipe");
	if (turn % 4)
		return;
	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("fork");
}

struct shared {
	_Atomic unsigned long turns;
};

static _Noreturn void flood_process(double seconds, struct shared *shared, int ready)
{
	uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
	unsigned int turn = 0, i;

	while (now_ns() < end)
		flood_once(turn++);
	shared->turns += turn;
	/* What is left open tells this process from its brothers. */
	for (i = 0; i < 10; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			die("open");
	close(ready);
	for (;;)
		pause();
}

/* Then stands still, as storm does: a line with all pids, and the end of stdin ends it. */
static int flood(double seconds, long procs)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t *pids = calloc((size_t)procs, sizeof(*pids)), parent = getpid();
	int ready[2];
	char room[64];
	long i;

	if (shared == MAP_FAILED || !pids || pipe2(ready, O_CLOEXEC) < 0)
		die("flood");
	for (i = 0; i < procs; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i] == 0) {
			if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
				_exit(1);
			close(ready[0]);
			flood_process(seconds, shared, ready[1]);
		}
	}
	close(ready[1]);
	/* Nobody writes: the end of input says that all stand, or died with a word on stderr. */
	if (read(ready[0], room, 1) != 0)
		die("read");
	close(ready[0]);
	for (i = 0; i < procs; i++)
		if (waitpid(pids[i], NULL, WNOHANG) != 0)
			return 1;
	printf("still flood 1 %d", parent);
	for (i = 0; i < procs; i++)
		printf(" %d", pids[i]);
	printf("\n");
	fflush(stdout);
	fprintf(stderr, "fdpair: flood: %lu turns of 400 pairs\n", shared->turns);
	while (read(STDIN_FILENO, room, sizeof(room)) > 0)
		;
	for (i = 0; i < procs; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	free(pids);
	return 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: fdpair open|dup|getppid SECONDS|--iters N [--cpu N]\n"
		"       fdpair flood SECONDS [--procs N]\n"
		"  prints nanoseconds per pair: the least and the median of short batches\n");
	return 2;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("sched_setaffinity");
}

static bool parse_number(const char *text, double least, double *ret)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end || !(n >= least && n <= 1e12))
		return false;
	*ret = n;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"iters", required_argument, NULL, 'i'},
		{"cpu", required_argument, NULL, 'c'},
		{"procs", required_argument, NULL, 'p'},
		{},
	};
	double seconds = 0, iters = 0, cpu = -1, procs = (double)sysconf(_SC_NPROCESSORS_ONLN);
	size_t i;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool ok = false;

		if (c == 'i')
			ok = parse_number(optarg, 1, &iters);
		else if (c == 'c')
			ok = parse_number(optarg, 0, &cpu);
		else if (c == 'p')
			ok = parse_number(optarg, 1, &procs);
		if (!ok)
			return usage();
	}
	if (argc - optind != (iters > 0 ? 1 : 2))
		return usage();
	if (!iters && !parse_number(argv[optind + 1], 0.000001, &seconds))
		return usage();
	if (cpu >= 0)
		pin((int)cpu);
	if (!strcmp(argv[optind], "flood") && !iters)
		return flood(seconds, (long)procs);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[optind], kinds[i].name))
			return measure(&kinds[i], seconds, (uint64_t)iters);
	return usage();
}
