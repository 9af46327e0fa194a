// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses to files; see stack.h. */
#include "source/stack.h"

#include "base/cleanup.h"
#include "fdscope/record.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PLACE_SZ (PATH_MAX + 32)

/* Of those addresses that lie in the mapping of this line of /proc/PID/maps, the place. */
static void match(char *line, const __u64 *addrs, size_t cnt, char **places)
{
	uint64_t begin, end, offset;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n", &begin, &end,
		   &offset, &path) != 3 ||
	    line[path] != '/')
		return;
	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < cnt; i++)
		if (addrs[i] >= begin && addrs[i] < end && !places[i] &&
		    asprintf(&places[i], "%s+0x%llx", line + path, addrs[i] - begin + offset) < 0)
			places[i] = NULL;
}

void stack__describe(uint32_t pid, const __u64 *addrs, size_t cnt,
		     void (*fn)(void *ctx, const char *place), void *ctx)
{
	_cleanup_fclose_ FILE *maps = NULL;
	char *places[FDS_STACK_MAX] = {};
	char line[PLACE_SZ + 128];

	if (cnt > FDS_STACK_MAX)
		cnt = FDS_STACK_MAX;
	snprintf(line, sizeof(line), "/proc/%u/maps", pid);
	maps = fopen(line, "re");
	while (maps && fgets(line, sizeof(line), maps))
		match(line, addrs, cnt, places);
	for (size_t i = 0; i < cnt; i++) {
		char bare[24];

		snprintf(bare, sizeof(bare), "0x%llx", addrs[i]);
		fn(ctx, places[i] ?: bare);
		free(places[i]);
	}
}
