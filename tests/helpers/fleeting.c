// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that runs out of descriptors and is gone:
 *   fleeting         lowers its limit, opens until it is refused, and exits at once
 *   fleeting stay    the same, but exits when its input ends
 *   fleeting where   says where in its file the function lies that does it: "BEGIN END", in hex
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SOFT 32

/* The linker says where a section begins and ends. */
#define OWN_SECTION __attribute__((noinline, section("exhaust_text")))
extern const char __start_exhaust_text[], __stop_exhaust_text[];

static volatile int last;

/* The C library keeps no frame, so that the kernel finds the caller's caller. */
static __attribute__((noinline)) void open_one(void)
{
	last = dup(0);
}

static OWN_SECTION void exhaust(void)
{
	do
		open_one();
	while (last >= 0);
}

static int tell_where(void)
{
	uintptr_t begin = (uintptr_t)__start_exhaust_text, end = (uintptr_t)__stop_exhaust_text;
	uintptr_t from, to, offset;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %" SCNxPTR, &from, &to, &offset) ==
			    3 &&
		    begin >= from && end <= to) {
			printf("%" PRIxPTR " %" PRIxPTR "\n", begin - from + offset,
			       end - from + offset);
			fclose(maps);
			return 0;
		}
	return 1;
}

int main(int argc, char **argv)
{
	struct rlimit lim = {SOFT, SOFT};
	volatile int stays = argc > 1; /* or a compiler makes two calls out of one below */
	char c;

	if (argc > 1 && !strcmp(argv[1], "where"))
		return tell_where();
	if (setrlimit(RLIMIT_NOFILE, &lim))
		return 1;
	exhaust();
	if (stays && write(1, "x", 1) == 1)
		while (read(0, &c, 1) > 0)
			;
	_exit(0);
}
