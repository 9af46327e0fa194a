// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timed: runs a command with its output thrown away, and prints "WALL_NS CPU_NS STATUS": the time
 * from just before it is made to its end. A shell's own `time` sees milliseconds at best.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t timeval_ns(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000000 + (uint64_t)tv->tv_usec * 1000;
}

static pid_t child;

/* What is measured ends first, so that its end is waited for here. */
static void on_term(int sig)
{
	(void)sig;
	kill(child, SIGKILL);
}

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), status;
	struct rusage use;
	uint64_t start;

	if (argc < 2) {
		fprintf(stderr, "usage: timed COMMAND [ARG...]\n");
		return 2;
	}
	/* The end of the one who measures is the end of what is measured. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	start = now_ns();
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0) {
		fprintf(stderr, "timed: fork: %s\n", strerror(errno));
		return 1;
	}
	signal(SIGTERM, on_term);
	if (wait4(child, &status, 0, &use) != child) {
		fprintf(stderr, "timed: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	printf("%llu %llu %d\n", (unsigned long long)(now_ns() - start),
	       (unsigned long long)(timeval_ns(&use.ru_utime) + timeval_ns(&use.ru_stime)),
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
