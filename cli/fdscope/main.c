// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope: asks the daemon and shows what it answers.  A command is a file; see command.h. */
#include <stdio.h>

#include "complain.h"
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/table.h"
#include "program.h"

const struct command *const command__list[] = {
	&command__top,	    &command__show,    &command__files,
	&command__who,	    &command__graph,   &command__system,
	&command__failures, &command__hazards, &command__incidents,
	&command__history,  &command__watch,   &command__status,
	&command__check,    &command__raise,   NULL,
};

static int run(int argc, char **argv)
{
	struct options o;
	int err = options__parse(argc, argv, &o);

	if (err)
		return err;
	if (o.help) {
		options__print_help(o.cmd);
		return EXIT_FINE;
	}
	if (o.version) {
		printf("fdscope %s\n", FDS_VERSION);
		return EXIT_FINE;
	}
	if (o.list_columns) {
		if (o.cmd->columns)
			table__list_columns(o.cmd->columns(&o), o.no_headings);
		return EXIT_FINE;
	}
	return o.cmd->run(&o);
}

int main(int argc, char **argv)
{
	program__init();
	return complain__check_output(run(argc, argv));
}
