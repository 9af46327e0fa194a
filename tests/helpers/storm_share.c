// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One table for several processes (CLONE_FILES), and threads that leave the common table.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#define SHARERS 4
#define GROUPS	8

/* Memory is not shared, only the table: each keeps its own list of what it opened. */
static void race(unsigned int ops)
{
	struct bag own = {0};

	while (ops--) {
		if (own.cnt && rng__one_in(2))
			MUST(close(bag__take(&own)));
		else if (own.cnt && rng__one_in(3))
			bag__add(&own, MUST(dup(bag__pick(&own))));
		else
			maker__any(&own);
		if (own.cnt > 150)
			bag__close_to(&own, 40);
	}
	/* A number of ours that somebody else closed would show here. */
	if (own.cnt)
		MUST(fcntl(bag__pick(&own), F_GETFD));
}

static void sharer(long arg)
{
	(void)arg;
	race(600);
}

static void share_actor(long arg)
{
	struct bag own = {0};
	long i;

	bag__fill(&own, 30);
	for (i = 0; i < SHARERS; i++)
		actor__clone(CLONE_FILES, sharer, arg * 10 + i);
	race(600);
	bag__close_to(&own, 10);
}

void case__clone_files(void)
{
	long i;

	for (i = 0; i < 3; i++)
		actor__spawn(share_actor, i);
	stage__await(3 * (SHARERS + 1));
}

/*
 * Gates 1.. tell which of a group's three stays; 0 lets the other two leave at the same moment.
 * The one who made the table may be among them.
 */
static void leave_or_stay(long member, int group)
{
	struct bag own = {0};

	bag__fill(&own, 30);
	actor__arrive();
	gate__await(0, 1);
	if (gate__get(1 + group) != (int)member)
		_exit(0);
	bag__churn(&own, maker__any, 100, 80);
	gate__add(2 + GROUPS, 1);
}

static int group_nr;

static void exit_sharer(long member)
{
	leave_or_stay(member, group_nr);
}

static void exit_actor(long group)
{
	long i;

	group_nr = (int)group;
	rng__seed((uint64_t)group * 7919 + stage__round());
	for (i = 1; i < 3; i++)
		/* A brother, not a child, so that the stage can reap him when the maker is gone. */
		gate__set(20 + (int)(group * 3 + i),
			  (int)actor__clone(CLONE_FILES | CLONE_PARENT, exit_sharer, i));
	leave_or_stay(0, (int)group);
}

void case__clone_files_exit(void)
{
	pid_t pids[GROUPS][3];
	long g, i;

	for (g = 0; g < GROUPS; g++) {
		gate__set(1 + (int)g, (int)rng__below(3));
		pids[g][0] = actor__spawn(exit_actor, g);
	}
	stage__await(GROUPS * 3);
	for (g = 0; g < GROUPS; g++)
		for (i = 1; i < 3; i++) {
			gate__await(20 + (int)(g * 3 + i), 1);
			pids[g][i] = gate__get(20 + (int)(g * 3 + i));
			actor__adopt(pids[g][i]);
		}
	gate__set(0, 1);
	for (g = 0; g < GROUPS; g++)
		for (i = 0; i < 3; i++)
			if (i != gate__get(1 + (int)g))
				actor__reap(pids[g][i], 0);
	gate__await(2 + GROUPS, GROUPS);
	stage__await(GROUPS * 4);
}

/* A thread that takes a copy of the table and goes its own way with it. */
static void unshare_alone(long arg)
{
	struct bag own = {0};
	size_t others;

	bag__fill(&own, 20 + (size_t)arg);
	MUST(unshare(CLONE_FILES));
	/* What came with the copy from the others stays, as nobody else moves it now. */
	others = fds__count() - own.cnt;
	bag__churn(&own, maker__any, 200, 100);
	bag__close_to(&own, own.cnt / 2);
	bag__fill(&own, own.cnt + 10);
	WANT(fds__count() == others + own.cnt);
}

static void stay_in_common(long arg)
{
	(void)arg;
	race(300);
}

static void unshare_actor(long arg)
{
	struct bag own = {0};
	long i;

	bag__fill(&own, 200);
	for (i = 0; i < 3; i++) {
		thread__spawn(unshare_alone, arg * 10 + i);
		thread__spawn(stay_in_common, arg * 10 + i + 5);
		race(100);
	}
	bag__churn(&own, maker__any, 300, 250);
	/* The main thread may be the one that leaves the common table, too. */
	if (arg % 2) {
		MUST(unshare(CLONE_FILES));
		bag__churn(&own, maker__any, 300, 250);
	}
}

void case__unshare_thread(void)
{
	long i;

	for (i = 0; i < 4; i++)
		actor__spawn(unshare_actor, i);
	stage__await(4 * 7);
}
