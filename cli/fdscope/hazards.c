// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope hazards: traps that programs stepped into, newest first. */
#include <stdio.h>

#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *hazards_columns(const struct options *o)
{
	(void)o;
	return &columns__hazard;
}

static int hazards_run(const struct options *o)
{
	char target[96], pid[32] = "";

	if (o->only_pid)
		snprintf(pid, sizeof(pid), "&pid=%lld", (long long)o->only_pid);
	snprintf(target, sizeof(target), FDS_API_HAZARDS "?limit=%lu%s", o->limit, pid);
	return fetch__table(o, target, "hazards");
}

const struct command command__hazards = {
	.name = "hazards",
	.summary = "Lists traps that programs stepped into, newest first",
	.options = "np",
	.columns = hazards_columns,
	.run = hazards_run,
};
