// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dice that a seed repeats, and bags: the descriptors one owner opened, for picking at random.
 */
#include "storm.h"
#include "truth.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Each thread has its own dice, so that racing threads do not disturb each other's sequence. */
static _Thread_local uint64_t dice = 1;

void rng__seed(uint64_t seed)
{
	/* splitmix64: neighbouring seeds must not give neighbouring sequences. */
	seed += 0x9e3779b97f4a7c15;
	seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
	seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
	dice = (seed ^ (seed >> 31)) | 1;
}

uint32_t rng__below(uint32_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)((dice >> 32) % n);
}

bool rng__one_in(uint32_t n)
{
	return rng__below(n) == 0;
}

void bag__add(struct bag *b, int fd)
{
	WANT(fd >= 0);
	if (b->cnt == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		int *fds = reallocarray(b->fds, cap, sizeof(*fds));

		WANT(fds);
		b->fds = fds;
		b->cap = cap;
	}
	b->fds[b->cnt++] = fd;
}

int bag__pick(const struct bag *b)
{
	WANT(b->cnt > 0);
	return b->fds[rng__below((uint32_t)b->cnt)];
}

int bag__take(struct bag *b)
{
	uint32_t i;
	int fd;

	WANT(b->cnt > 0);
	i = rng__below((uint32_t)b->cnt);
	fd = b->fds[i];
	b->fds[i] = b->fds[--b->cnt];
	return fd;
}

bool bag__has(const struct bag *b, int fd)
{
	size_t i;

	for (i = 0; i < b->cnt; i++)
		if (b->fds[i] == fd)
			return true;
	return false;
}

void bag__forget(struct bag *b, int fd)
{
	size_t i;

	for (i = 0; i < b->cnt; i++)
		if (b->fds[i] == fd) {
			b->fds[i] = b->fds[--b->cnt];
			return;
		}
	WANT(!"the bag held it");
}

void bag__close_to(struct bag *b, size_t keep)
{
	while (b->cnt > keep)
		MUST(close(bag__take(b)));
}

void bag__done(struct bag *b)
{
	free(b->fds);
	*b = (struct bag){0};
}

void bag__churn(struct bag *b, maker_fn *make, unsigned int ops, size_t keep)
{
	while (ops--) {
		if (b->cnt >= keep)
			bag__close_to(b, keep - 1 - rng__below((uint32_t)keep / 2));
		if (b->cnt > keep / 8 && rng__one_in(3))
			MUST(close(bag__take(b)));
		else
			make(b);
	}
}

void maker__any(struct bag *b)
{
	int pair[2];

	switch (rng__below(6)) {
	case 0:
		bag__add(b, MUST(eventfd(0, EFD_CLOEXEC)));
		break;
	case 1:
		MUST(pipe2(pair, O_NONBLOCK));
		bag__add(b, pair[0]);
		bag__add(b, pair[1]);
		break;
	case 2:
		MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
		bag__add(b, pair[0]);
		bag__add(b, pair[1]);
		break;
	case 3:
		bag__add(b, MUST(epoll_create1(0)));
		break;
	default:
		bag__add(b,
			 MUST(open("/dev/null", rng__one_in(2) ? O_RDONLY : O_RDWR | O_CLOEXEC)));
	}
}

void bag__fill(struct bag *b, size_t cnt)
{
	while (b->cnt < cnt)
		maker__any(b);
}

unsigned int fds__count_of(pid_t pid, pid_t tid)
{
	struct truth t = {0};
	int r;

	r = truth__fds(pid, tid, &t);
	if (r < 0)
		storm__fail("the descriptors of a task could be counted", strerror(-r), __FILE__,
			    __LINE__);
	return (unsigned int)t.installed;
}

unsigned int fds__count(void)
{
	return fds__count_of(getpid(), gettid()) - 1;
}

bool fds__is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}
