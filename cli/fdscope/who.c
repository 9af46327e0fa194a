// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope who: who holds a file, an open file description, a port. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "complain.h"
#include "fdscope/ask_who.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *who_columns(const struct options *o)
{
	(void)o;
	return &columns__holder;
}

static int who_run(const struct options *o)
{
	_cleanup_free_ char *body = NULL;
	size_t sz, cnt;
	int err = ask_who__get(o, &body, &sz);

	if (err)
		return err;
	err = fetch__print_list(o, body, sz, "holders", &cnt);
	if (err || cnt)
		return err;
	return complain(EXIT_NO, "nobody holds %s%s%s", o->arg, o->arg2 ? " " : "",
			o->arg2 ? o->arg2 : "");
}

const struct command command__who = {
	.name = "who",
	.args = "WHAT",
	.summary = "Lists who holds a file, an open file description or a port",
	.columns = who_columns,
	.run = who_run,
};
