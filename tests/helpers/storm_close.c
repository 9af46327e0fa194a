// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Closing: one by one, and by close_range in its three ways.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/syscall.h>

#define SLOTS 1200

static struct bag bag;

static int close_range_(unsigned int first, unsigned int last, unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* What the bag believes to be open becomes what is. */
static void refresh(struct bag *b)
{
	int fd;

	b->cnt = 0;
	for (fd = STAGE_FDS; fd < SLOTS + 64; fd++)
		if (fds__is_open(fd))
			bag__add(b, fd);
}

static void end_round(void)
{
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

void case__close(void)
{
	int i, fd;

	for (i = 0; i < 4; i++) {
		bag__fill(&bag, 500);
		bag__close_to(&bag, 100);
		fd = bag__take(&bag);
		MUST(close(fd));
		MUST_FAIL(close(fd), EBADF);
		MUST_FAIL(close(-1), EBADF);
		MUST_FAIL(close(1000000), EBADF);
	}
	end_round();
}

/* Numbers from STAGE_FDS on with random holes. */
static void scatter(struct bag *b, size_t cnt)
{
	bag__fill(b, 20);
	while (b->cnt < cnt) {
		int to = STAGE_FDS + (int)rng__below(SLOTS - STAGE_FDS);

		if (fds__is_open(to))
			continue;
		MUST(dup2(bag__pick(b), to));
		bag__add(b, to);
	}
}

static void random_range(unsigned int *ret_first, unsigned int *ret_last)
{
	*ret_first = STAGE_FDS + rng__below(SLOTS - STAGE_FDS);
	*ret_last = *ret_first + rng__below(120);
}

static size_t count_in(const struct bag *b, unsigned int first, unsigned int last)
{
	size_t i, n = 0;

	for (i = 0; i < b->cnt; i++)
		n += (unsigned int)b->fds[i] >= first && (unsigned int)b->fds[i] <= last;
	return n;
}

void case__close_range(void)
{
	unsigned int first, last;
	size_t before;
	int i;

	for (i = 0; i < 60; i++) {
		scatter(&bag, 400);
		random_range(&first, &last);
		if (rng__one_in(10))
			last = ~0U;
		before = bag.cnt - count_in(&bag, first, last);
		MUST(close_range_(first, last, 0));
		refresh(&bag);
		WANT(bag.cnt == before);
	}
	MUST_FAIL(close_range_(10, 9, 0), EINVAL);
	MUST_FAIL(close_range_(10, 20, 0x4000), EINVAL);
	scatter(&bag, 150);
	end_round();
}

/* Two children that exec'ed: what the ranges marked is gone there, the rest is not. */
static void exec_after_cloexec(void)
{
	size_t i, kept = 0;
	int report[2], j;
	pid_t pids[2];

	MUST(pipe2(report, O_CLOEXEC));
	for (i = 0; i < bag.cnt; i++)
		kept += !(MUST(fcntl(bag.fds[i], F_GETFD)) & FD_CLOEXEC);
	for (j = 0; j < 2; j++)
		pids[j] = exec__spawn(report[1]);
	exec__await(report, 2);
	for (j = 0; j < 2; j++)
		WANT(fds__count_of(pids[j], 0) == 3 + kept);
}

/* CLOSE_RANGE_CLOEXEC came with Linux 5.11, close_range() with 5.9. */
static bool can_mark(void)
{
	return close_range_(~0U, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

void case__close_range_cloexec(void)
{
	unsigned int first, last;
	size_t j;
	int i;

	if (!can_mark())
		stage__skip("close_range: %s of CLOSE_RANGE_CLOEXEC", strerror(errno));
	for (i = 0; i < 40; i++) {
		scatter(&bag, 400);
		random_range(&first, &last);
		MUST(close_range_(first, last, CLOSE_RANGE_CLOEXEC));
		WANT(fds__count() == STAGE_FDS + bag.cnt);
		for (j = 0; j < bag.cnt; j++)
			if ((unsigned int)bag.fds[j] >= first && (unsigned int)bag.fds[j] <= last)
				WANT(MUST(fcntl(bag.fds[j], F_GETFD)) & FD_CLOEXEC);
		bag__close_to(&bag, 300);
	}
	exec_after_cloexec();
	end_round();
}

/* With a table to itself the flag changes nothing: the range is closed in place. */
static void unshare_single(long arg)
{
	struct bag own = {0};
	unsigned int first, last;
	int i;

	(void)arg;
	for (i = 0; i < 20; i++) {
		scatter(&own, 300);
		random_range(&first, &last);
		if (rng__one_in(4))
			last = ~0U;
		MUST(close_range_(first, last, CLOSE_RANGE_UNSHARE));
		own.cnt = 0;
		for (first = ACTOR_FDS; first < SLOTS + 64; first++)
			if (fds__is_open((int)first))
				bag__add(&own, (int)first);
		WANT(fds__count() == ACTOR_FDS + own.cnt);
	}
	scatter(&own, 120);
}

/* The thread gets a copy of the table without the range. Threads start one after the other. */
static void unshare_in_thread(long arg)
{
	unsigned int first = 100 + rng__below(200), last = first + rng__below(300), before;
	struct bag own = {0};
	int flags = rng__one_in(3) && can_mark() ? CLOSE_RANGE_CLOEXEC : 0;

	before = fds__count();
	if (rng__one_in(3))
		last = ~0U;
	MUST(close_range_(first, last, (unsigned int)(CLOSE_RANGE_UNSHARE | flags)));
	if (flags)
		WANT(fds__count() == before);
	else
		WANT(fds__count() < before);
	bag__fill(&own, 20 + (size_t)arg * 3);
	bag__close_to(&own, 10 + (size_t)arg);
	gate__add(0, 1);
}

static void unshare_threaded(long arg)
{
	struct bag own = {0};
	long i;

	(void)arg;
	bag__fill(&own, 400);
	for (i = 0; i < 6; i++) {
		thread__spawn(unshare_in_thread, i);
		gate__await(0, (int)i + 1);
		bag__fill(&own, own.cnt + 10);
	}
	bag__close_to(&own, 350);
	WANT(fds__count() == ACTOR_FDS + own.cnt);
}

void case__close_range_unshare(void)
{
	actor__spawn(unshare_single, 0);
	actor__spawn(unshare_single, 1);
	actor__spawn(unshare_threaded, 2);
	stage__await(3 + 6);
}
