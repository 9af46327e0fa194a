// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RLIMIT_NOFILE: changed from outside, reached in every way, and filled to the brim.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define BIG_MAX 200000

static void limited(long arg)
{
	struct bag own = {0};

	bag__fill(&own, 50 + (size_t)arg * 50);
}

void case__prlimit(void)
{
	struct rlimit rl, old, now;
	pid_t pids[6];
	int i, j;

	for (i = 0; i < 6; i++)
		pids[i] = actor__spawn(limited, i);
	stage__await(6);
	for (j = 0; j < 50; j++)
		for (i = 0; i < 6; i++) {
			MUST(prlimit(pids[i], RLIMIT_NOFILE, NULL, &old));
			rl = old;
			/* Raising the hard limit would need a capability; it only goes down. */
			if (rng__one_in(10) && rl.rlim_max > 1000)
				rl.rlim_max -= 1 + rng__below(50);
			/* Also far below what the child holds: that closes nothing. */
			rl.rlim_cur =
				rng__below((uint32_t)(rl.rlim_max < 2000 ? rl.rlim_max : 2000));
			MUST(prlimit(pids[i], RLIMIT_NOFILE, &rl, NULL));
			MUST(prlimit(pids[i], RLIMIT_NOFILE, NULL, &now));
			WANT(now.rlim_cur == rl.rlim_cur && now.rlim_max == rl.rlim_max);
		}
	/* Our own, too, by the same call. */
	MUST(prlimit(0, RLIMIT_NOFILE, NULL, &rl));
	rl.rlim_cur = 1000 + rng__below(1000);
	MUST(prlimit(0, RLIMIT_NOFILE, &rl, NULL));
	for (i = 0; i < 6; i++)
		WANT(fds__count_of(pids[i], 0) >= ACTOR_FDS + 50U + (unsigned int)i * 50);
}

static void set_soft(rlim_t soft)
{
	struct rlimit rl;

	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = soft;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
}

static void fill_up(struct bag *b)
{
	int fd;

	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		bag__add(b, fd);
	WANT(errno == EMFILE);
}

static void every_way_fails(struct bag *b, int soft)
{
	int pair[2] = {-1, -1};

	MUST_FAIL(open("/dev/null", O_RDONLY), EMFILE);
	MUST_FAIL(socket(AF_UNIX, SOCK_STREAM, 0), EMFILE);
	MUST_FAIL(pipe2(pair, 0), EMFILE);
	MUST_FAIL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), EMFILE);
	MUST_FAIL(eventfd(0, 0), EMFILE);
	MUST_FAIL(epoll_create1(0), EMFILE);
	MUST_FAIL(dup(0), EMFILE);
	MUST_FAIL(fcntl(0, F_DUPFD, 0), EMFILE);
	MUST_FAIL(fcntl(0, F_DUPFD_CLOEXEC, soft - 1), EMFILE);
	MUST_FAIL(fcntl(0, F_DUPFD, soft), EINVAL);
	MUST_FAIL(dup2(0, soft), EBADF);
	MUST_FAIL(dup3(0, soft + 1000, O_CLOEXEC), EBADF);
	/* Over a used slot there is always room. */
	MUST(dup2(0, bag__pick(b)));
}

/* One number is left: calls that make two must give the first back. */
static void second_fails(struct bag *b)
{
	int pair[2];

	MUST(close(bag__take(b)));
	MUST_FAIL(pipe2(pair, O_CLOEXEC), EMFILE);
	MUST_FAIL(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), EMFILE);
	bag__add(b, MUST(dup(0)));
}

/* A connection waits and cannot be accepted for want of a number. */
static void accept_fails(struct bag *b)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int listener, client;

	MUST(close(bag__take(b)));
	MUST(close(bag__take(b)));
	listener = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&a, len));
	MUST(listen(listener, 8));
	MUST(getsockname(listener, (struct sockaddr *)&a, &len));
	client = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(client, (struct sockaddr *)&a, len));
	MUST_FAIL(accept(listener, NULL, NULL), EMFILE);
	bag__add(b, listener);
	bag__add(b, client);
}

static void emfile_actor(long arg)
{
	struct bag own = {0};
	int soft = 64 + (int)arg * 40, i;

	set_soft((rlim_t)soft);
	for (i = 0; i < 20; i++) {
		fill_up(&own);
		WANT(own.cnt == (size_t)soft - ACTOR_FDS);
		every_way_fails(&own, soft);
		second_fails(&own);
		accept_fails(&own);
		if (i < 19)
			bag__close_to(&own, own.cnt / 2);
	}
	/* Some stand full, some full above a limit that went below them, some with room again. */
	if (arg % 3 == 1)
		set_soft(32);
	else if (arg % 3 == 2)
		bag__close_to(&own, 10);
}

void case__emfile(void)
{
	long i;

	for (i = 0; i < 6; i++)
		actor__spawn(emfile_actor, i);
	stage__await(6);
}

static void big_actor(long arg)
{
	struct rlimit rl;
	struct bag own = {0};
	rlim_t most;
	long i;

	(void)arg;
	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = rl.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
	most = rl.rlim_max < BIG_MAX ? rl.rlim_max : BIG_MAX;
	bag__fill(&own, 8); /* of mixed kinds */
	while (own.cnt + ACTOR_FDS < most)
		bag__add(&own, MUST(dup(own.fds[own.cnt % 8])));
	if (most == rl.rlim_max)
		MUST_FAIL(dup(0), EMFILE);
	for (i = 0; i < 500; i++)
		MUST(close(bag__take(&own)));
	while (own.cnt + ACTOR_FDS < most)
		bag__add(&own, MUST(dup(0)));
}

void case__max_fds(void)
{
	actor__spawn(big_actor, 0);
	stage__await(1);
}
