// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope status: the daemon itself. */
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *status_columns(const struct options *o)
{
	(void)o;
	return &columns__status;
}

static int status_run(const struct options *o)
{
	return fetch__sheet(o, FDS_API_STATUS);
}

const struct command command__status = {
	.name = "status",
	.summary = "Shows the daemon: its tier, features, cost and health",
	.columns = status_columns,
	.run = status_run,
};
