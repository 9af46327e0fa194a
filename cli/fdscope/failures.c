// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope failures: calls that were refused by a limit, newest first. */
#include <stdio.h>

#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *failures_columns(const struct options *o)
{
	(void)o;
	return &columns__failure;
}

static int failures_run(const struct options *o)
{
	char target[64];

	snprintf(target, sizeof(target), FDS_API_FAILURES "?limit=%lu", o->limit);
	return fetch__table(o, target, "failures");
}

const struct command command__failures = {
	.name = "failures",
	.summary = "Lists calls that were refused by a limit, newest first",
	.options = "n",
	.columns = failures_columns,
	.run = failures_run,
};
