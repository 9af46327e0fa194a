// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope files: a row per descriptor of one process, or of all. */
#include <stdio.h>

#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *files_columns(const struct options *o)
{
	return o->all ? &columns__host_file : &columns__file;
}

static int files_run(const struct options *o)
{
	char target[64];

	if (o->all)
		return fetch__table(o, FDS_API_FILES, "files");
	snprintf(target, sizeof(target), FDS_API_PROCESSES "/%d/files", o->pid);
	return fetch__table(o, target, "files");
}

const struct command command__files = {
	.name = "files",
	.args = "PID|--all",
	.summary = "Lists the descriptors of one process, or of all",
	.options = "a",
	.columns = files_columns,
	.run = files_run,
};
