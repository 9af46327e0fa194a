// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope top: who holds the most descriptors. */
#include <string.h>

#include "complain.h"
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

#define ROWS_DEFAULT 20 /* fits a terminal; programs that ask for --json get all */

static bool is_grouped(const struct options *o)
{
	return o->by && strcmp(o->by, "process");
}

static const struct column_set *top_columns(const struct options *o)
{
	return is_grouped(o) ? &columns__group : &columns__process;
}

static int top_run(const struct options *o)
{
	_cleanup_text_ struct text target = {};
	unsigned long limit = o->limit_given ? o->limit : o->json ? 0 : ROWS_DEFAULT;

	text__addf(&target, FDS_API_PROCESSES "?sort=%s&by=%s", o->sort ? o->sort : "allocated",
		   o->by ? o->by : "process");
	if (limit)
		text__addf(&target, "&limit=%lu", limit);
	if (o->filter) {
		text__add(&target, "&filter=");
		text__add_encoded(&target, o->filter);
	}
	if (target.oom)
		return complain(EXIT_NO, "out of memory");
	return fetch__table(o, text__str(&target), is_grouped(o) ? "groups" : "processes");
}

const struct command command__top = {
	.name = "top",
	.summary = "Ranks processes, or groups of them, by their descriptors",
	.options = "bsnf",
	.columns = top_columns,
	.run = top_run,
};
