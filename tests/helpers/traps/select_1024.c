// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * select-1024: an fd_set has room for numbers below 1024. Here the sets are larger than that, so
 * that the program itself stays whole.
 *   wrong     select() with a number above 1024
 *   pselect   the same by pselect()
 *   holds     select() with small numbers, while the next open() gives one above 1024
 *   receives  select() with small numbers, and then it opens some above 1024
 *   right     poll() with the same number
 *   sleep     select() without any set, as a sleep, while it holds many
 *   few       select() while it holds few
 */
#include "traps.h"

#include <poll.h>
#include <sys/select.h>

#define LIMIT 4096
#define HELD  1100 /* all numbers below it are taken */
#define HIGH  1200

static int low[2], high; /* a pipe with data in it; a duplicate of its end for reading */

static void make(void)
{
	MUST(pipe2(low, O_CLOEXEC));
	MUST(write(low[1], "data", 4));
}

static void make_many(void)
{
	int fd, null = MUST(open("/dev/null", O_RDONLY | O_CLOEXEC));

	trap__limit(LIMIT);
	do
		fd = MUST(fcntl(null, F_DUPFD_CLOEXEC, 0));
	while (fd < HELD);
	high = MUST(fcntl(low[0], F_DUPFD_CLOEXEC, HIGH));
}

struct wide_set {
	unsigned long words[LIMIT / (8 * sizeof(unsigned long))];
};

/* FD_SET() itself refuses what this is about, where the C library is fortified. */
static unsigned long *word(struct wide_set *set, int fd)
{
	return &set->words[(size_t)fd / (8 * sizeof(unsigned long))];
}

static unsigned long bit(int fd)
{
	return 1UL << ((size_t)fd % (8 * sizeof(unsigned long)));
}

static const char *selected(int fd, bool with_mask)
{
	struct wide_set set = {0};
	struct timespec ts = {.tv_sec = 5};
	struct timeval tv = {.tv_sec = 5};
	void *wide = &set;
	int cnt;

	*word(&set, fd) |= bit(fd);
	if (with_mask)
		cnt = MUST(pselect(fd + 1, wide, NULL, NULL, &ts, NULL));
	else
		cnt = MUST(select(fd + 1, wide, NULL, NULL, &tv));
	return cnt == 1 && (*word(&set, fd) & bit(fd)) ? "readable" : "not readable";
}

static void run_wrong(void)
{
	make();
	make_many();
	trap__tell(selected(high, false), "\"fd\":%d,\"nfds\":%d,\"highest\":%d", high, high + 1,
		   high);
}

static void run_pselect(void)
{
	make();
	make_many();
	trap__tell(selected(high, true), "\"fd\":%d,\"nfds\":%d,\"highest\":%d", high, high + 1,
		   high);
}

static void run_holds(void)
{
	make();
	make_many();
	trap__tell(selected(low[0], false), "\"fd\":%d,\"nfds\":%d,\"highest\":%d", low[0],
		   low[0] + 1, high);
}

static void run_receives(void)
{
	const char *outcome;

	make();
	outcome = selected(low[0], false);
	make_many();
	trap__tell(outcome, "\"fd\":%d,\"nfds\":%d,\"highest\":%d", low[0], low[0] + 1, high);
}

static void run_right(void)
{
	struct pollfd p = {.events = POLLIN};

	make();
	make_many();
	p.fd = high;
	trap__tell(MUST(poll(&p, 1, 5000)) == 1 && (p.revents & POLLIN) ? "readable"
									: "not readable",
		   "\"fd\":%d,\"highest\":%d", high, high);
}

static void run_sleep(void)
{
	struct timeval tv = {.tv_usec = 50000};
	int64_t start;

	make();
	make_many();
	start = trap__now_ms();
	MUST(select(0, NULL, NULL, NULL, &tv));
	trap__tell(trap__now_ms() - start >= 50 ? "slept" : "did not sleep",
		   "\"nfds\":0,\"highest\":%d", high);
}

static void run_few(void)
{
	make();
	trap__tell(selected(low[0], false), "\"fd\":%d,\"nfds\":%d,\"highest\":%d", low[0],
		   low[0] + 1, low[1]);
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "readable", run_wrong},
		{"pselect", true, "readable", run_pselect},
		{"holds", true, "readable", run_holds},
		{"receives", true, "readable", run_receives},
		{"right", false, "readable", run_right},
		{"sleep", false, "slept", run_sleep},
		{"few", false, "readable", run_few},
		{},
	};

	return trap__main("select-1024", modes, argc, argv);
}
