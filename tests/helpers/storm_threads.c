// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that race on one table, and tables that must grow while they do. Also how such
 * processes end: killed, or with the leader gone first.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define THREADS 8

/* Numbers that the wild threads alone put there, by dup2 and F_DUPFD. */
#define WILD_FIRST 2000
#define WILD_CNT   200

/* Only touches what it opened itself: every result is certain, the numbers are raced for. */
static void tame(long arg)
{
	struct bag own = {0};
	int i;

	(void)arg;
	for (i = 0; i < 1500; i++) {
		if (own.cnt && rng__one_in(2))
			MUST(close(bag__take(&own)));
		else if (own.cnt && rng__one_in(2))
			bag__add(&own, MUST(dup(bag__pick(&own))));
		else if (own.cnt && rng__one_in(5))
			MUST(dup2(bag__pick(&own), bag__pick(&own)));
		else
			maker__any(&own);
		if (own.cnt > 100)
			bag__close_to(&own, 30);
	}
	bag__close_to(&own, own.cnt < 40 ? own.cnt : 40);
	MUST(own.cnt ? fcntl(bag__pick(&own), F_GETFD) : 0);
}

/*
 * Closes and replaces each other's descriptors. EBUSY is dup2's answer when its target is
 * reserved by an open in progress; EBADF when the other was faster.
 */
static void wild(long arg)
{
	int i, r, null = (int)MUST(open("/dev/null", O_RDONLY));

	(void)arg;
	for (i = 0; i < 1500; i++) {
		int to = WILD_FIRST + (int)rng__below(WILD_CNT);

		switch (rng__below(4)) {
		case 0:
			r = close(to);
			break;
		case 1:
			r = dup3(null, to, O_CLOEXEC);
			break;
		case 2:
			r = dup2(WILD_FIRST + (int)rng__below(WILD_CNT), to);
			break;
		default:
			r = fcntl(null, F_DUPFD, WILD_FIRST);
			/* All used: the number found lies behind, where nobody would close it. */
			if (r >= WILD_FIRST + WILD_CNT)
				MUST(close(r));
		}
		WANT(r >= 0 || errno == EBADF || errno == EBUSY);
	}
}

static void race_actor(long arg)
{
	long i;

	for (i = 0; i < THREADS; i++)
		thread__spawn(i % 4 == 3 ? wild : tame, arg * 100 + i);
	tame(0);
}

void case__threads(void)
{
	actor__spawn(race_actor, 0);
	actor__spawn(race_actor, 1);
	stage__await(2 * (THREADS + 1));
}

/* Grows the table by many while others open at the bottom and far up. */
static void grow(long cnt)
{
	struct bag own = {0};
	int i;

	bag__fill(&own, 10);
	for (i = 0; i < cnt; i++) {
		if (rng__one_in(20))
			bag__add(&own, MUST(fcntl(bag__pick(&own), F_DUPFD,
						  (int)rng__below((uint32_t)cnt * 4))));
		else
			bag__add(&own, MUST(dup(bag__pick(&own))));
		if (rng__one_in(4))
			MUST(close(bag__take(&own)));
	}
	/* The last thread out leaves the highest numbers or gives them back. */
	bag__close_to(&own, own.cnt / (1 + rng__below(3)));
}

static void grow_actor(long cnt)
{
	long i;

	for (i = 0; i < 4; i++)
		thread__spawn(grow, cnt / 4 + i);
	WANT(dup2(0, (int)cnt) == (int)cnt);
}

void case__threads_big(void)
{
	struct rlimit rl;

	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	if (rl.rlim_cur < 12000)
		stage__skip("needs 12000 descriptors, the hard limit is %ju",
			    (uintmax_t)rl.rlim_cur);
	actor__spawn(grow_actor, 1600);
	actor__spawn(grow_actor, 9000);
	stage__await(2 * 5);
}

static void killed_thread(long arg)
{
	struct bag own = {0};

	bag__fill(&own, 5 + (size_t)arg % 10);
}

static void killed_actor(long arg)
{
	struct bag own = {0};
	long i;

	bag__fill(&own, 500);
	for (i = 0; i < 200; i++)
		thread__spawn(killed_thread, arg * 1000 + i);
}

static void bystander(long arg)
{
	struct bag own = {0};

	bag__fill(&own, 40 + (size_t)arg);
}

void case__exit_killed(void)
{
	pid_t first, second;
	long i;

	first = actor__spawn(killed_actor, 0);
	for (i = 0; i < 5; i++)
		actor__spawn(bystander, i);
	second = actor__spawn(killed_actor, 1);
	stage__await(5 + 2 * 201);
	MUST(kill(first, SIGKILL));
	MUST(kill(second, SIGKILL));
	actor__reap(first, SIGKILL);
	actor__reap(second, SIGKILL);
}

static void leaderless_thread(long arg)
{
	struct bag own = {0};

	bag__fill(&own, 30 + (size_t)arg);
	/* Begins only when the leader is a zombie. */
	gate__await(1, 1);
	bag__churn(&own, maker__any, 200, 100);
}

static void leader(long arg)
{
	struct bag own = {0};
	long i;

	bag__fill(&own, 100);
	for (i = 0; i < 3; i++)
		thread__spawn(leaderless_thread, arg * 10 + i);
	pthread_exit(NULL);
}

/* The state letter of a task: 'Z' for a leader that has ended while its threads live on. */
static char task_state(pid_t pid)
{
	char path[64], text[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = (int)MUST(open(path, O_RDONLY));
	n = read(fd, text, sizeof(text) - 1);
	MUST(close(fd));
	WANT(n > 0);
	text[n] = '\0';
	p = strrchr(text, ')');
	WANT(p && p[1] == ' ');
	return p[2];
}

void case__zombie_leader(void)
{
	pid_t pids[3];
	long i;

	for (i = 0; i < 3; i++)
		pids[i] = actor__spawn(leader, i);
	for (i = 0; i < 3; i++)
		while (task_state(pids[i]) != 'Z')
			sched_yield();
	gate__set(1, 1);
	stage__await(3 * 3);
}

static void ending(long arg)
{
	struct bag own = {0};

	bag__fill(&own, 20 + (size_t)arg);
	_exit(0);
}

void case__zombies(void)
{
	pid_t pids[30];
	siginfo_t info;
	long i;

	for (i = 0; i < 30; i++)
		pids[i] = actor__spawn(i % 5 ? ending : bystander, i);
	for (i = 0; i < 30; i++)
		if (i % 5)
			MUST(waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT));
	stage__await(6);
}
