// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope show: the sheet of one process. */
#include <stdio.h>

#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *show_columns(const struct options *o)
{
	(void)o;
	return &columns__sheet;
}

static int show_run(const struct options *o)
{
	char target[64];

	snprintf(target, sizeof(target), FDS_API_PROCESSES "/%d", o->pid);
	return fetch__sheet(o, target);
}

const struct command command__show = {
	.name = "show",
	.args = "PID",
	.summary = "Shows one process: limits, counts, kinds, who shares its table",
	.columns = show_columns,
	.run = show_run,
};
