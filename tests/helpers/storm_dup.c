// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dup family: over empty, used and the same slots. dup2 over a used slot is an open and a
 * close in one, and the count does not move.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>

#define OPS 1200

static struct bag bag;

static void end_round(void)
{
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

static void begin_round(size_t cnt)
{
	if (bag.cnt > cnt)
		bag__close_to(&bag, cnt);
	bag__fill(&bag, cnt);
}

/* A number in the first 1,500 that is free. */
static int empty_slot(void)
{
	int fd;

	do
		fd = STAGE_FDS + (int)rng__below(1500);
	while (fds__is_open(fd));
	return fd;
}

void case__dup(void)
{
	int i;

	begin_round(60);
	for (i = 0; i < OPS; i++) {
		bag__add(&bag, MUST(dup(bag__pick(&bag))));
		if (bag.cnt > 300)
			bag__close_to(&bag, 60 + rng__below(200));
		if (rng__one_in(3))
			MUST(close(bag__take(&bag)));
	}
	MUST_FAIL(dup(5000), EBADF);
	end_round();
}

static void dup_to_empty(bool three)
{
	int i, to;

	begin_round(60);
	for (i = 0; i < OPS; i++) {
		to = empty_slot();
		if (three)
			WANT(dup3(bag__pick(&bag), to, rng__one_in(2) ? O_CLOEXEC : 0) == to);
		else
			WANT(dup2(bag__pick(&bag), to) == to);
		bag__add(&bag, to);
		if (bag.cnt > 300)
			bag__close_to(&bag, 60 + rng__below(200));
	}
	MUST_FAIL(dup2(5000, 10), EBADF);
	end_round();
}

void case__dup2_empty(void)
{
	dup_to_empty(false);
}

void case__dup3_empty(void)
{
	dup_to_empty(true);
}

void case__dup2_used(void)
{
	int i, to;

	begin_round(250);
	for (i = 0; i < OPS; i++) {
		to = bag__pick(&bag);
		WANT(dup2(bag__pick(&bag), to) == to);
	}
	end_round();
}

void case__dup3_used(void)
{
	int i, from, to;
	bool cloexec;

	begin_round(250);
	for (i = 0; i < OPS; i++) {
		from = bag__pick(&bag);
		to = bag__pick(&bag);
		cloexec = rng__one_in(2);
		if (from == to) {
			MUST_FAIL(dup3(from, to, 0), EINVAL);
			continue;
		}
		WANT(dup3(from, to, cloexec ? O_CLOEXEC : 0) == to);
		WANT((MUST(fcntl(to, F_GETFD)) & FD_CLOEXEC) == (cloexec ? FD_CLOEXEC : 0));
	}
	end_round();
}

void case__dup2_same(void)
{
	int i, fd;

	begin_round(200);
	for (i = 0; i < OPS; i++) {
		fd = bag__pick(&bag);
		WANT(dup2(fd, fd) == fd);
		if (rng__one_in(20))
			MUST_FAIL(dup2(6000 + i, 6000 + i), EBADF);
		if (rng__one_in(10))
			MUST(close(bag__take(&bag)));
		if (bag.cnt < 120)
			bag__fill(&bag, 200);
	}
	end_round();
}

void case__fcntl_dupfd(void)
{
	int i, min, fd, cmd;

	begin_round(60);
	for (i = 0; i < OPS; i++) {
		min = rng__one_in(2) ? 0 : (int)rng__below(1500);
		cmd = rng__one_in(2) ? F_DUPFD : F_DUPFD_CLOEXEC;
		fd = (int)MUST(fcntl(bag__pick(&bag), cmd, min));
		WANT(fd >= min);
		bag__add(&bag, fd);
		if (bag.cnt > 300)
			bag__close_to(&bag, 60 + rng__below(200));
	}
	MUST_FAIL(fcntl(bag__pick(&bag), F_DUPFD, -1), EINVAL);
	end_round();
}
