// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stage: the process one case runs in. Actors (its children) and threads do the work and
 * report through shared memory, so that no descriptor is spent on agreeing to stand still.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* Nothing in a round takes seconds, so this only ends a storm whose actor crashed. */
#define PATIENCE_S 60

/* Rounds of maker cases. */
#define MAKER_OPS  1500
#define MAKER_KEEP 400

/* No case but those that ask for more themselves uses numbers from here up. */
#define STAGE_LIMIT 4096

enum { CMD_FD = 3, REPORT_FD = 4 };

struct shared {
	_Atomic int arrived;
	_Atomic int failed;
	_Atomic int gates[GATES];
};

static struct shared *shared;
static const struct storm_case *current;
static const struct storm_opts *opts;
static unsigned int round_nr;
static pid_t stage_pid;
static struct bag maker_bag;
/* Children of this process only: a fork begins with none. */
static pid_t *children;
static size_t child_cnt, child_cap;

static void wake_all(_Atomic int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

_Noreturn void storm__fail(const char *what, const char *why, const char *file, int line)
{
	/* One write, as actors may fail at the same time. */
	char text[512];
	int n;

	n = snprintf(text, sizeof(text), "storm: %s: round %u: %s:%d: %s%s%s\n",
		     current ? current->name : "main", round_nr, file, line, what, why ? ": " : "",
		     why ? why : "");
	if (write(STDERR_FILENO, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text)) < 0)
		n = 0;
	if (shared) {
		int i;

		atomic_store(&shared->failed, 1);
		wake_all(&shared->arrived);
		for (i = 0; i < GATES; i++)
			wake_all(&shared->gates[i]);
	}
	_exit(1);
}

long storm__must(long r, const char *what, const char *file, int line)
{
	if (r < 0)
		storm__fail(what, strerror(errno), file, line);
	return r;
}

void storm__must_fail(long r, int err, const char *what, const char *file, int line)
{
	char why[128];

	if (r < 0 && errno == err)
		return;
	snprintf(why, sizeof(why), "wanted %s, got %s", strerrorname_np(err),
		 r < 0 ? strerrorname_np(errno) : "success");
	storm__fail(what, why, file, line);
}

void storm__zero(int r, const char *what, const char *file, int line)
{
	if (r)
		storm__fail(what, strerror(r), file, line);
}

/* Waits until *word reaches at_least, or somebody failed. */
static void await_word(_Atomic int *word, int at_least)
{
	struct timespec ts = {.tv_nsec = 500000000};
	int waits = 0, v;

	while ((v = atomic_load(word)) < at_least) {
		if (atomic_load(&shared->failed))
			_exit(1);
		if (syscall(SYS_futex, word, FUTEX_WAIT, v, &ts, NULL, 0) < 0 && errno == ETIMEDOUT)
			WANT(++waits < PATIENCE_S * 2);
	}
	if (atomic_load(&shared->failed))
		_exit(1);
}

void gate__add(int gate, int n)
{
	atomic_fetch_add(&shared->gates[gate], n);
	wake_all(&shared->gates[gate]);
}

int gate__get(int gate)
{
	return atomic_load(&shared->gates[gate]);
}

void gate__set(int gate, int value)
{
	atomic_store(&shared->gates[gate], value);
	wake_all(&shared->gates[gate]);
}

void gate__await(int gate, int at_least)
{
	await_word(&shared->gates[gate], at_least);
}

void stage__await(int cnt)
{
	await_word(&shared->arrived, cnt);
	WANT(atomic_load(&shared->arrived) == cnt);
}

void actor__arrive(void)
{
	atomic_fetch_add(&shared->arrived, 1);
	wake_all(&shared->arrived);
}

_Noreturn void actor__still(void)
{
	actor__arrive();
	for (;;)
		pause();
}

void actor__settle(pid_t parent, long salt)
{
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	/* The parent may have died before the line above; 0 is a parent outside our pid namespace.
	 */
	if (getppid() != parent && getppid() != 0)
		_exit(1);
	rng__seed(opts->seed * 1000003 + round_nr * 8191 + (uint64_t)salt * 131 + 17);
	child_cnt = 0;
}

/* The pipes to the main process are the stage's alone. */
static void leave_stage(void)
{
	MUST(close(CMD_FD));
	MUST(close(REPORT_FD));
}

pid_t actor__spawn(actor_fn *fn, long arg)
{
	pid_t parent = getpid(), pid;

	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		actor__settle(parent, arg + 1);
		if (parent == stage_pid)
			leave_stage();
		fn(arg);
		actor__still();
	}
	actor__adopt(pid);
	return pid;
}

pid_t actor__clone(unsigned long flags, actor_fn *fn, long arg)
{
	pid_t parent = flags & CLONE_PARENT ? getppid() : getpid(), pid;

	/* No CLONE_VM: the child goes on on its copy of this stack, as after fork(). */
	pid = (pid_t)MUST(syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL));
	if (pid == 0) {
		actor__settle(parent, arg + 1);
		if (parent == stage_pid && !(flags & (CLONE_FILES | CLONE_PARENT)))
			leave_stage();
		fn(arg);
		actor__still();
	}
	if (!(flags & CLONE_PARENT))
		actor__adopt(pid);
	return pid;
}

void actor__adopt(pid_t pid)
{
	if (child_cnt == child_cap) {
		size_t cap = child_cap ? child_cap * 2 : 64;
		pid_t *p = reallocarray(children, cap, sizeof(*p));

		WANT(p);
		children = p;
		child_cap = cap;
	}
	children[child_cnt++] = pid;
}

static void disown(pid_t pid)
{
	size_t i;

	for (i = 0; i < child_cnt; i++)
		if (children[i] == pid) {
			children[i] = children[--child_cnt];
			return;
		}
}

void actor__reap(pid_t pid, int status)
{
	int got;

	MUST(TEMP_FAILURE_RETRY(waitpid(pid, &got, __WALL)));
	WANT(got == status);
	disown(pid);
}

int actor__verdict(pid_t pid)
{
	int status;

	MUST(TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)));
	WANT(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void actor__kill(pid_t pid)
{
	MUST(kill(pid, SIGKILL));
	MUST(TEMP_FAILURE_RETRY(waitpid(pid, NULL, __WALL)));
	disown(pid);
}

void actor__end_all(void)
{
	size_t i;

	/* All killed before the first is waited for: they die at the same time. */
	for (i = 0; i < child_cnt; i++)
		MUST(kill(children[i], SIGKILL));
	for (i = 0; i < child_cnt; i++)
		MUST(TEMP_FAILURE_RETRY(waitpid(children[i], NULL, __WALL)));
	child_cnt = 0;
}

struct thread_start {
	actor_fn *fn;
	long arg;
	_Atomic pid_t tid;
};

static void *thread_main(void *p)
{
	struct thread_start *s = p;
	actor_fn *fn = s->fn;
	long arg = s->arg;

	rng__seed(opts->seed * 1000003 + round_nr * 8191 + (uint64_t)arg * 257 + 99991);
	/* From here on the starter may leave the function that s lives in. */
	atomic_store(&s->tid, gettid());
	syscall(SYS_futex, &s->tid, FUTEX_WAKE, 1, NULL, NULL, 0);
	fn(arg);
	actor__still();
}

pid_t thread__spawn(actor_fn *fn, long arg)
{
	struct thread_start s = {.fn = fn, .arg = arg};
	pthread_attr_t attr;
	pthread_t thread;

	ZERO(pthread_attr_init(&attr));
	ZERO(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED));
	ZERO(pthread_attr_setstacksize(&attr, 256 * 1024));
	ZERO(pthread_create(&thread, &attr, thread_main, &s));
	ZERO(pthread_attr_destroy(&attr));
	while (!atomic_load(&s.tid))
		syscall(SYS_futex, &s.tid, FUTEX_WAIT, 0, NULL, NULL, 0);
	return s.tid;
}

void task__await_blocked(pid_t pid, pid_t tid, long nr)
{
	struct timespec ms = {.tv_nsec = 1000000};
	char path[64], text[256];
	int i;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	for (i = 0; i < PATIENCE_S * 1000; i++) {
		int fd = (int)MUST(open(path, O_RDONLY | O_CLOEXEC));
		ssize_t n = read(fd, text, sizeof(text) - 1);

		MUST(close(fd));
		WANT(n > 0);
		text[n] = '\0';
		if (text[0] >= '0' && text[0] <= '9' && strtol(text, NULL, 10) == nr)
			return;
		nanosleep(&ms, NULL);
	}
	WANT(!"the task blocked in its system call");
}

bool stage__quiet(void)
{
	return opts->quiet;
}

unsigned int stage__round(void)
{
	return round_nr;
}

_Noreturn void stage__skip(const char *fmt, ...)
{
	va_list ap;

	WANT(getpid() == stage_pid);
	actor__end_all();
	va_start(ap, fmt);
	dprintf(REPORT_FD, "skip ");
	vdprintf(REPORT_FD, fmt, ap);
	dprintf(REPORT_FD, "\n");
	va_end(ap);
	_exit(0);
}

static void run_round(void)
{
	struct rlimit rl;

	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	if (rl.rlim_max < STAGE_LIMIT)
		stage__skip("needs %d descriptors, the hard limit is %ju", STAGE_LIMIT,
			    (uintmax_t)rl.rlim_max);
	if (current->round) {
		current->round();
		return;
	}
	bag__churn(&maker_bag, current->make, MAKER_OPS, MAKER_KEEP);
	if (opts->quiet)
		bag__close_to(&maker_bag, 0);
	WANT(fds__count() == STAGE_FDS + maker_bag.cnt);
}

/* What the tester's process gave us is the tester's: the stage begins with its five. */
static void tidy_descriptors(void)
{
	struct rlimit rl;
	int null;

	null = (int)MUST(open("/dev/null", O_RDWR));
	MUST(dup2(null, STDIN_FILENO));
	MUST(dup2(STDERR_FILENO, STDOUT_FILENO));
	MUST(syscall(SYS_close_range, STAGE_FDS, ~0U, 0));
	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = rl.rlim_max < 65536 ? rl.rlim_max : 65536;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
}

_Noreturn void stage__run(const struct storm_case *c, const struct storm_opts *o)
{
	char go;

	current = c;
	opts = o;
	stage_pid = getpid();
	tidy_descriptors();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	WANT(shared != MAP_FAILED);
	while (read(CMD_FD, &go, 1) == 1) {
		actor__end_all();
		memset(shared, 0, sizeof(*shared));
		round_nr++;
		rng__seed(o->seed * 1000003 + round_nr * 8191);
		run_round();
		MUST(dprintf(REPORT_FD, "still\n"));
	}
	actor__end_all();
	_exit(0);
}
