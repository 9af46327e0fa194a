// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fdpair: what a pair of calls costs on this host at this moment: open+close, dup+close, getppid
 * twice as the measure of a system call alone, and others; by the clock, or each alone by the
 * processor's counter, which under QEMU's -icount is the number of instructions. Also a flood of
 * opens, dups and forks on every core.
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
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

/* Short enough that many batches meet no interrupt, long enough that the clock costs nothing. */
#define BATCH	     256
#define MAX_BATCHES  200000
#define EACH_DEFAULT 400
/* As a process takes so much longer than a system call. */
#define EACH_FORKS_PER 4

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

/* One call: a number is taken and given back within it. */
static void pair_enoent(void)
{
	if (open("/dev/fdpair-no-such-file", O_RDONLY) >= 0 || errno != ENOENT)
		die("open of what is not there");
}

static int epoll_fd, watched_fd;

static void make_epoll(void)
{
	int ends[2];

	epoll_fd = epoll_create1(0);
	if (epoll_fd < 0 || pipe(ends) < 0)
		die("epoll_create1");
	watched_fd = ends[0];
}

static void pair_epoll(void)
{
	struct epoll_event ev = {.events = EPOLLIN};

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, watched_fd, &ev) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watched_fd, NULL) < 0)
		die("epoll_ctl");
}

static void pair_pipe(void)
{
	int ends[2];

	if (pipe(ends) < 0 || close(ends[0]) < 0 || close(ends[1]) < 0)
		die("pipe and close");
}

/* By vfork: the copy of the memory would be nine tenths of it, and of no interest. */
static void pair_fork(void)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("fork and wait");
}

static void pair_fcntl(void)
{
	if (fcntl(watched_fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(watched_fd, F_SETFL, 0) < 0)
		die("fcntl");
}

static void pair_select(void)
{
	struct timeval none = {};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(watched_fd, &set);
	if (select(watched_fd + 1, &set, NULL, NULL, &none) != 0 ||
	    select(0, NULL, NULL, NULL, &none) != 0)
		die("select");
}

static int locked_fd;

static void make_lock(void)
{
	locked_fd = memfd_create("fdpair", MFD_CLOEXEC);
	if (locked_fd < 0)
		die("memfd_create");
}

static void pair_flock(void)
{
	if (flock(locked_fd, LOCK_EX) < 0 || flock(locked_fd, LOCK_UN) < 0)
		die("flock");
}

#define NOTHING "--nothing"

/* Of this program, which then does nothing. */
static void pair_exec(void)
{
	char *const args[] = {(char *)"fdpair", (char *)NOTHING, NULL};
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execv("/proc/self/exe", args);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		die("exec and wait");
}

struct kind {
	const char *name;
	void (*pair)(void);
	void (*make)(void); /* what it needs, once; or NULL */
	unsigned int fewer; /* times fewer rounds than others, which are cheap */
};

static const struct kind kinds[] = {
	{"open", pair_open, NULL, 1},		   /* and close, /dev/null */
	{"dup", pair_dup, NULL, 1},		   /* and close */
	{"getppid", pair_getppid, NULL, 1},	   /* twice */
	{"enoent", pair_enoent, NULL, 1},	   /* one open that fails, with a number reserved */
	{"epoll", pair_epoll, make_epoll, 1},	   /* add, delete */
	{"pipe", pair_pipe, NULL, 1},		   /* two installed, two closes */
	{"fork", pair_fork, NULL, EACH_FORKS_PER}, /* exit of the child, wait */
	{"fcntl", pair_fcntl, make_epoll, 1},	   /* F_SETFL twice: O_NONBLOCK on, off */
	{"select", pair_select, make_epoll, 1},	   /* of one descriptor, of none */
	{"flock", pair_flock, make_lock, 1},	   /* and unlock */
	{"exec", pair_exec, NULL, EACH_FORKS_PER}, /* in a child, its exit, wait */
};

#define KIND_CNT (sizeof(kinds) / sizeof(kinds[0]))

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
	if (k->make)
		k->make();
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

static uint64_t counter(void)
{
#ifdef __x86_64__
	return __rdtsc();
#else
	return now_ns();
#endif
}

static int compare_whole(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* What two looks at the counter with nothing between them differ by. */
static uint64_t counter_cost(void)
{
	uint64_t least = UINT64_MAX, start, took;
	int i;

	for (i = 0; i < BATCH; i++) {
		start = counter();
		took = counter() - start;
		if (took < least)
			least = took;
	}
	return least;
}

/*
 * Each pair by itself. The lower quartile is what the calls take: of all else (refills of a cache,
 * interrupts) one only ever gets more. The mean has that in it, and on one processor what others
 * did meanwhile.
 */
static void measure_each(const struct kind *k, uint64_t rounds)
{
	uint64_t *took, start, all = 0, nothing = counter_cost(), i;

	rounds = (rounds + k->fewer - 1) / k->fewer;
	took = calloc(rounds, sizeof(*took));
	if (!took)
		die("calloc");
	/* So that no round meets a page of it for the first time. */
	memset(took, 0xff, rounds * sizeof(*took));
	if (k->make)
		k->make();
	for (i = 0; i < (rounds + 3) / 4; i++)
		k->pair();
	for (i = 0; i < rounds; i++) {
		start = counter();
		k->pair();
		took[i] = counter() - start - nothing;
		all += took[i];
	}
	qsort(took, rounds, sizeof(*took), compare_whole);
	printf("%s quartile=%llu mean=%.1f rounds=%llu\n", k->name,
	       (unsigned long long)took[rounds / 4], (double)all / (double)rounds,
	       (unsigned long long)rounds);
	fflush(stdout);
	free(took);
}

static const struct kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < KIND_CNT; i++)
		if (!strcmp(name, kinds[i].name))
			return &kinds[i];
	return NULL;
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
		"usage: fdpair KIND SECONDS|--iters N [--cpu N]\n"
		"       fdpair --each [--iters N] [--cpu N] KIND...\n"
		"       fdpair flood SECONDS [--procs N]\n"
		"  prints nanoseconds per pair: the least and the median of short batches;\n"
		"  --each: steps of the processor's counter that each pair takes alone\n"
		"  KIND: open dup getppid enoent epoll pipe fork fcntl select flock exec\n");
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

static int each(char **names, int cnt, uint64_t rounds)
{
	int i;

	for (i = 0; i < cnt; i++)
		if (!find_kind(names[i]))
			return usage();
	for (i = 0; i < cnt; i++)
		measure_each(find_kind(names[i]), rounds);
	return cnt ? 0 : usage();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"iters", required_argument, NULL, 'i'},
		{"cpu", required_argument, NULL, 'c'},
		{"procs", required_argument, NULL, 'p'},
		{"each", no_argument, NULL, 'e'},
		{},
	};
	double seconds = 0, iters = 0, cpu = -1, procs = (double)sysconf(_SC_NPROCESSORS_ONLN);
	const struct kind *kind;
	bool alone = false;
	int c;

	if (argc == 2 && !strcmp(argv[1], NOTHING))
		return 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool ok = false;

		if (c == 'i')
			ok = parse_number(optarg, 1, &iters);
		else if (c == 'c')
			ok = parse_number(optarg, 0, &cpu);
		else if (c == 'p')
			ok = parse_number(optarg, 1, &procs);
		else if (c == 'e')
			ok = alone = true;
		if (!ok)
			return usage();
	}
	if (cpu >= 0)
		pin((int)cpu);
	if (alone)
		return each(argv + optind, argc - optind,
			    iters > 0 ? (uint64_t)iters : EACH_DEFAULT);
	if (argc - optind != (iters > 0 ? 1 : 2))
		return usage();
	if (!iters && !parse_number(argv[optind + 1], 0.000001, &seconds))
		return usage();
	if (!strcmp(argv[optind], "flood") && !iters)
		return flood(seconds, (long)procs);
	kind = find_kind(argv[optind]);
	return kind ? measure(kind, seconds, (uint64_t)iters) : usage();
}
