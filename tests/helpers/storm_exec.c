// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec: what close-on-exec takes away, from a vfork child, a leader and a thread.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct bag bag;

_Noreturn void exec__child_still(const char *report_fd)
{
	int fd = atoi(report_fd);

	if (write(fd, "x", 1) != 1 || close(fd))
		_exit(1);
	for (;;)
		pause();
}

/* exec of this program, in the mode above. Only async-signal-safe calls: also for vfork. */
static void exec_self(char *fd_text, int fd)
{
	char *argv[] = {storm_exe, (char *)"--child-still", fd_text, NULL};
	char *envp[] = {(char *)"ASAN_OPTIONS=detect_leaks=0", NULL};

	/* The flag is per slot and the child has its own table: the parent's stays as it was. */
	if (fcntl(fd, F_SETFD, 0) == 0)
		execve(storm_exe, argv, envp);
}

pid_t exec__spawn(int report_fd)
{
	pid_t pid, parent = getpid();
	char text[16];

	snprintf(text, sizeof(text), "%d", report_fd);
	pid = vfork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
			exec_self(text, report_fd);
		_exit(127);
	}
	MUST(pid);
	actor__adopt(pid);
	return pid;
}

void exec__await(int *report, unsigned int cnt)
{
	unsigned int got = 0;
	char byte;

	/* Ours and the children's are all there are: the end comes when the last has let go. */
	MUST(close(report[1]));
	while (MUST(TEMP_FAILURE_RETRY(read(report[0], &byte, 1))) == 1)
		got++;
	WANT(got == cnt);
	MUST(close(report[0]));
}

/* A child that ends soon: a program that exits, or an exec that fails. */
static void exec_short(const char *path, int status)
{
	char *argv[] = {(char *)path, NULL};
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		execve(path, argv, argv + 1);
		_exit(126);
	}
	MUST(pid);
	actor__reap(pid, status);
}

static unsigned int count_surviving(const struct bag *b)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < b->cnt; i++)
		n += !(MUST(fcntl(b->fds[i], F_GETFD)) & FD_CLOEXEC);
	return n;
}

static void flip_flags(struct bag *b)
{
	size_t i;

	for (i = 0; i < b->cnt; i++)
		if (rng__one_in(4))
			MUST(fcntl(b->fds[i], F_SETFD, rng__one_in(2) ? FD_CLOEXEC : 0));
}

void case__vfork_exec(void)
{
	unsigned int surviving[20], i;
	int report[2];
	pid_t pids[20];

	MUST(pipe2(report, O_CLOEXEC));
	for (i = 0; i < 20; i++) {
		bag__close_to(&bag, bag.cnt / 2);
		bag__fill(&bag, 400);
		flip_flags(&bag);
		surviving[i] = count_surviving(&bag);
		pids[i] = exec__spawn(report[1]);
		if (i % 4 == 0) {
			exec_short("/bin/true", 0);
			exec_short("/nonexistent/program", 126 << 8);
		}
	}
	exec__await(report, 20);
	for (i = 0; i < 20; i++)
		WANT(fds__count_of(pids[i], 0) == 3 + surviving[i]);
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

/* exec from a non-leader: the thread takes the leader's id, and all others die. */
static void exec_in_thread(long report_fd)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)report_fd);
	/* The parent-death signal is the thread's own, and it is the thread that lives on. */
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	gate__await(0, 1);
	exec_self(text, (int)report_fd);
	storm__fail("exec from a thread", NULL, __FILE__, __LINE__);
}

static void idle(long arg)
{
	struct bag own = {0};

	bag__fill(&own, (size_t)arg % 20);
}

/* A thread with a table of its own, which dies with it at the exec. */
static void idle_apart(long arg)
{
	struct bag own = {0};

	MUST(unshare(CLONE_FILES));
	bag__fill(&own, 50 + (size_t)arg);
}

static int report_pipe[2];

static void exec_actor(long arg)
{
	struct bag own = {0};
	long i;

	bag__fill(&own, 300 + (size_t)arg * 10);
	flip_flags(&own);
	MUST(close(report_pipe[0]));
	for (i = 0; i < 5; i++)
		thread__spawn(idle, arg + i);
	thread__spawn(idle_apart, arg);
	if (arg % 2)
		thread__spawn(exec_in_thread, report_pipe[1]);
	else
		/* The same from the leader, with threads beside it. */
		exec_in_thread(report_pipe[1]);
}

void case__exec_thread(void)
{
	long i;

	MUST(pipe2(report_pipe, O_CLOEXEC));
	for (i = 0; i < 6; i++)
		actor__spawn(exec_actor, i);
	/* Per actor 6 idle threads, and in the odd ones the leader as well. */
	stage__await(6 * 6 + 3);
	gate__set(0, 1);
	exec__await(report_pipe, 6);
}
