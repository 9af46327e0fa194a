// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-excessive: a program that closes every number up to its limit makes as many system calls
 * for nothing as the limit is high.
 *   wrong  close() from 3 up to a soft limit of 65536
 *   small  the same with a soft limit of 1024
 *   right  close_range(), with the high limit
 */
#include "traps.h"

#include <sys/syscall.h>

#define HIGH  65536
#define SMALL 1024
#define OPEN  5 /* descriptors that are really there */

static void make(rlim_t limit)
{
	int null;

	trap__limit(limit);
	/* Whatever else there was is no part of this. */
	MUST(syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0));
	null = MUST(open("/dev/null", O_RDONLY));
	for (int i = 1; i < OPEN; i++)
		MUST(dup(null));
}

static void tell(int limit, unsigned int calls, unsigned int refused)
{
	bool closed = fcntl(STDERR_FILENO + 1, F_GETFD) < 0 && errno == EBADF;

	trap__tell(closed ? "closed all" : "closed not all",
		   "\"limit\":%d,\"open\":%d,\"calls\":%u,\"refused\":%u", limit, OPEN, calls,
		   refused);
}

static void close_each(int limit)
{
	unsigned int calls = 0, refused = 0;

	make((rlim_t)limit);
	for (int fd = STDERR_FILENO + 1; fd < limit; fd++, calls++)
		if (close(fd) < 0)
			refused++;
	tell(limit, calls, refused);
}

static void run_wrong(void)
{
	close_each(HIGH);
}

static void run_small(void)
{
	close_each(SMALL);
}

static void run_right(void)
{
	make(HIGH);
	MUST(syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0));
	tell(HIGH, 1, 0);
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "closed all", run_wrong},
		{"small", false, "closed all", run_small},
		{"right", false, "closed all", run_right},
		{},
	};

	return trap__main("limit-excessive", modes, argc, argv);
}
