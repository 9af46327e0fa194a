// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses to files; see stack.h. */
#include "source/stack.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "fdscope/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a longer path the end is shown: it is the process's owner who makes it long. */
#define PATH_SHOWN 128
/* A process with more mappings than fit has the rest of its addresses shown bare. */
#define MAPS_SZ_MAX (256 * 1024)
/* At most 1/20 of the time goes into reading maps, but for bursts; else addresses are shown bare.
 */
#define TIME_SHARE 20
#define CREDIT_NS  (int64_t)(100 * NSEC_PER_MSEC)

/* Of those addresses that lie in the mapping of this line of /proc/PID/maps, the place. */
static void match(char *line, const __u64 *addrs, size_t cnt, char **places)
{
	uint64_t begin, end, offset;
	const char *cut = "";
	int path = 0;
	size_t len;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n", &begin, &end,
		   &offset, &path) != 3 ||
	    line[path] != '/')
		return;
	line[strcspn(line, "\n")] = '\0';
	len = strlen(line + path);
	if (len > PATH_SHOWN) {
		path += len - PATH_SHOWN;
		cut = "...";
	}
	for (size_t i = 0; i < cnt; i++)
		if (addrs[i] >= begin && addrs[i] < end && !places[i] &&
		    asprintf(&places[i], "%s%s+0x%llx", cut, line + path,
			     (unsigned long long)(addrs[i] - begin + offset)) < 0)
			places[i] = NULL;
}

static void read_maps(uint32_t pid, const __u64 *addrs, size_t cnt, char **places)
{
	_cleanup_fclose_ FILE *maps = NULL;
	_cleanup_free_ char *line = NULL;
	size_t cap = 0, total = 0;
	char path[32];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = fopen(path, "re");
	while (maps && total < MAPS_SZ_MAX && (len = getline(&line, &cap, maps)) > 0) {
		total += len;
		match(line, addrs, cnt, places);
	}
}

void stack__describe(uint32_t pid, const __u64 *addrs, size_t cnt,
		     void (*fn)(void *ctx, const char *place), void *ctx)
{
	static uint64_t last_ns;
	static int64_t credit_ns = CREDIT_NS;
	uint64_t begin = clock__now_ns();
	char *places[FDS_STACK_MAX] = {};

	if (cnt > FDS_STACK_MAX)
		cnt = FDS_STACK_MAX;
	credit_ns += (begin - last_ns) / TIME_SHARE;
	if (credit_ns > CREDIT_NS)
		credit_ns = CREDIT_NS;
	last_ns = begin;
	if (credit_ns > 0) {
		read_maps(pid, addrs, cnt, places);
		credit_ns -= clock__now_ns() - begin;
	}
	for (size_t i = 0; i < cnt; i++) {
		char bare[24];

		snprintf(bare, sizeof(bare), "0x%llx", addrs[i]);
		fn(ctx, places[i] ?: bare);
		free(places[i]);
	}
}
