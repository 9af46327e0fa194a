// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope system: the host as a whole. */
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *system_columns(const struct options *o)
{
	(void)o;
	return &columns__system;
}

static int system_run(const struct options *o)
{
	return fetch__sheet(o, FDS_API_SYSTEM);
}

const struct command command__system = {
	.name = "system",
	.summary = "Shows the host: open files, its limits, what no table accounts for",
	.columns = system_columns,
	.run = system_run,
};
