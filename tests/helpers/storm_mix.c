// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mix: all makers in turn in a few processes that fork, exec, dup and close between them: what a
 * busy host does, where each case by itself shows which part went wrong.
 */
#include "storm.h"

#include <fcntl.h>
#include <stdlib.h>

#define ACTORS 6

static struct bag bag;

static void make_any_kind(struct bag *b)
{
	const struct storm_case *c;

	do
		c = &storm_cases[rng__below((uint32_t)storm_case_cnt)];
	while (!c->make || c->make == maker__inotify);
	c->make(b);
}

static void move(struct bag *b)
{
	int to;

	switch (rng__below(6)) {
	case 0:
		to = bag__pick(b);
		WANT(dup2(bag__pick(b), to) == to);
		break;
	case 1:
		bag__add(b, MUST(fcntl(bag__pick(b), F_DUPFD_CLOEXEC, (int)rng__below(2000))));
		break;
	case 2:
		MUST(close(bag__take(b)));
		break;
	case 3:
		bag__churn(b, make_any_kind, 20, 300);
		break;
	default:
		make_any_kind(b);
	}
}

static void mixed(long arg)
{
	int i;

	for (i = 0; i < 500; i++) {
		if (bag.cnt < 20)
			bag__fill(&bag, 50);
		move(&bag);
		if (bag.cnt > 300)
			bag__close_to(&bag, 100);
		/* Half-way, a copy of us that goes on by itself. */
		if (i == 250 && arg < 10)
			actor__spawn(mixed, arg + 10);
	}
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == ACTOR_FDS + bag.cnt);
}

void case__mix(void)
{
	int report[2];
	long i;

	for (i = 0; i < ACTORS; i++)
		actor__spawn(mixed, i);
	bag__fill(&bag, 100);
	MUST(pipe2(report, O_CLOEXEC));
	for (i = 0; i < 10; i++) {
		exec__spawn(report[1]);
		/* No maker that forks: its child would keep the pipe open. */
		bag__churn(&bag, maker__any, 50, 200);
	}
	exec__await(report, 10);
	bag__churn(&bag, make_any_kind, 200, 200);
	stage__await(ACTORS * 2);
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}
