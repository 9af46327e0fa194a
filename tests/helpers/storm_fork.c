// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork: copies of a table that diverge, and processes inside a pid namespace.
 */
#include "storm.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define CHILDREN 24

static struct bag bag;

static void diverge_and_die(long arg)
{
	(void)arg;
	bag__churn(&bag, maker__any, 50, 250);
}

/* The bag's memory was copied with the table: each child goes its own way from here. */
static void diverge(long arg)
{
	bag__churn(&bag, maker__any, 100 + rng__below(100), 250);
	if (arg % 4 == 0) {
		/* A grandchild, and a short-lived one whose copy is gone at once. */
		actor__spawn(diverge, arg + 101);
		actor__kill(actor__spawn(diverge_and_die, 0));
	}
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == ACTOR_FDS + bag.cnt);
	gate__add(0, 1);
}

void case__fork(void)
{
	long i;

	for (i = 0; i < CHILDREN; i++) {
		bag__churn(&bag, maker__any, 60, 200);
		actor__spawn(diverge, i);
	}
	bag__churn(&bag, maker__any, 200, 200);
	/* The killed ones may or may not have arrived; the living all have. */
	gate__await(0, CHILDREN + CHILDREN / 4);
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

static void in_namespace(long arg)
{
	struct bag own = {0};

	bag__fill(&own, 20 + rng__below(60));
	WANT(arg == 0 || getpid() > 1);
	bag__churn(&own, maker__any, 100, 100);
}

static void namespace_init(long arg)
{
	long i;

	WANT(getpid() == 1);
	for (i = 1; i <= 4; i++)
		actor__spawn(in_namespace, arg * 10 + i);
	in_namespace(0);
}

static void namespace_maker(long arg)
{
	struct bag own = {0};

	MUST(unshare(CLONE_NEWPID));
	bag__fill(&own, 30);
	actor__spawn(namespace_init, arg);
}

void case__pid_namespace(void)
{
	pid_t pid;
	long i;
	int err;

	/* The try is a child's, for whoever unshares can make children in the new one only. */
	pid = (pid_t)MUST(fork());
	if (pid == 0)
		_exit(unshare(CLONE_NEWPID) < 0 ? errno : 0);
	err = actor__verdict(pid);
	if (err)
		stage__skip("unshare(CLONE_NEWPID): %s", strerror(err));
	for (i = 0; i < 3; i++)
		actor__spawn(namespace_maker, i);
	/* Each: the maker, the namespace's init and its four. */
	stage__await(3 * 6);
}
