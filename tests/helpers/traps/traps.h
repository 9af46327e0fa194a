/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the traps share. A trap is one program per hazard: NAME MODE [ARGUMENT...] does its job the
 * wrong way, the right way, or in another that a watcher must not confuse with them. It prints one
 * line of JSON when the deed is done, and keeps all it made until its standard input ends:
 *   {"trap":"epoll-fork","mode":"wrong","hazard":true,"pid":7,...,"outcome":"parent got no event"}
 * hazard: a watcher must report it; outcome: what was seen to happen. Exit status: 0 as it claims,
 * 1 another outcome or an error, 77 this host has not what the mode needs (said on stderr).
 */
#ifndef FDSCOPE_TESTS_TRAPS_H
#define FDSCOPE_TESTS_TRAPS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRAP_SKIPPED 77

struct trap_mode {
	const char *name;
	bool hazard;
	const char *outcome; /* what must be seen to happen */
	void (*run)(void);   /* says what it did with trap__tell() */
};

/* Of the one program that includes this. */
static struct {
	const char *trap;
	const struct trap_mode *mode;
	char **args; /* behind the mode, NULL ends */
	int hold;    /* what the end of the trap is read from */
	int leash;   /* its end tells the children that the trap is over; -1: there are none */
	bool told, failed;
} trap;

static inline _Noreturn void trap__die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", trap.trap, what, strerror(errno));
	_exit(EXIT_FAILURE);
}

static inline _Noreturn void trap__skip(const char *why)
{
	fprintf(stderr, "%s: skipped: %s\n", trap.trap, why);
	_exit(TRAP_SKIPPED);
}

static inline int trap__must(long r, const char *what)
{
	if (r < 0)
		trap__die(what);
	return (int)r;
}

#define MUST(call) trap__must(call, #call)

/* Members of JSON by fmt (may be "") between the head and the outcome; once. */
__attribute__((format(printf, 2, 3))) static inline void trap__tell(const char *outcome,
								    const char *fmt, ...)
{
	va_list ap;

	printf("{\"trap\":\"%s\",\"mode\":\"%s\",\"hazard\":%s,\"pid\":%d,", trap.trap,
	       trap.mode->name, trap.mode->hazard ? "true" : "false", getpid());
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("%s\"outcome\":\"%s\"}\n", *fmt ? "," : "", outcome);
	fflush(stdout);
	trap.told = true;
	if (strcmp(outcome, trap.mode->outcome)) {
		fprintf(stderr, "%s %s: not as claimed: %s\n", trap.trap, trap.mode->name,
			trap.mode->outcome);
		trap.failed = true;
	}
}

/* Until the standard input, or what took its place, ends. */
static inline void trap__stay(void)
{
	char room[64];
	ssize_t len;

	do
		len = read(trap.hold, room, sizeof(room));
	while (len > 0 || (len < 0 && errno == EINTR));
}

static inline _Noreturn void trap__stay_and_exit(void)
{
	trap__stay();
	_exit(0);
}

/* Descriptor 0 becomes free for a use of its own; the end is read from another number. */
static inline void trap__move_stdin(void)
{
	trap.hold = MUST(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10));
}

/* A child ends with its parent, however that ends, and never before. */
static inline pid_t trap__fork(void)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	MUST(pipe2(ends, O_CLOEXEC));
	pid = MUST(fork());
	if (pid == 0) {
		MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
		MUST(close(ends[1]));
		trap.hold = ends[0];
		return 0;
	}
	MUST(close(ends[0]));
	trap.leash = ends[1];
	return pid;
}

static inline void trap__sleep_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static inline int64_t trap__now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- a baton: one process goes on when another says so, with a number ---- */

#define BATON_MS 60000 /* then the other process must have died */

struct baton {
	int ends[2];
};

static inline struct baton baton__new(void)
{
	struct baton b;

	MUST(pipe2(b.ends, O_CLOEXEC));
	return b;
}

static inline void baton__give(const struct baton *b, int value)
{
	MUST(write(b->ends[1], &value, sizeof(value)));
}

static inline int baton__take(const struct baton *b)
{
	struct pollfd p = {.fd = b->ends[0], .events = POLLIN};
	int value;

	if (poll(&p, 1, BATON_MS) != 1 || read(p.fd, &value, sizeof(value)) != sizeof(value)) {
		errno = ECHILD;
		trap__die("the other process");
	}
	return value;
}

/* ---- limits and folders ---- */

/* The soft limit becomes exactly this; the hard one is raised where it must be and may be. */
static inline void trap__limit(rlim_t soft)
{
	struct rlimit lim;

	MUST(getrlimit(RLIMIT_NOFILE, &lim));
	lim.rlim_cur = soft;
	if (lim.rlim_max < soft)
		lim.rlim_max = soft;
	if (setrlimit(RLIMIT_NOFILE, &lim))
		trap__skip("the hard limit of open files is too low, and may not be raised");
}

/* A new folder; the name of a file in it, which need not exist yet. */
static inline void trap__path(char *dir, size_t dir_sz, char *path, size_t path_sz)
{
	snprintf(dir, dir_sz, "%s/trap.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(dir))
		trap__die(dir);
	snprintf(path, path_sz, "%s/file", dir);
}

/* ---- main ---- */

static inline int trap__main(const char *name, const struct trap_mode *modes, int argc, char **argv)
{
	const struct trap_mode *m;

	trap.trap = name;
	trap.hold = STDIN_FILENO;
	trap.leash = -1;
	signal(SIGPIPE, SIG_IGN);
	for (m = modes; m->name; m++)
		if (argc > 1 && !strcmp(m->name, argv[1]))
			break;
	if (!m->name) {
		fprintf(stderr, "usage: %s MODE [ARGUMENT...], MODE one of:", argv[0]);
		for (m = modes; m->name; m++)
			fprintf(stderr, " %s", m->name);
		fprintf(stderr, "\n");
		return 2;
	}
	trap.mode = m;
	trap.args = argv + 2;
	m->run();
	/* A trap that failed is of no use to anybody. */
	if (!trap.told || trap.failed)
		return EXIT_FAILURE;
	trap__stay();
	if (trap.leash >= 0)
		close(trap.leash);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return EXIT_SUCCESS;
}

#endif
