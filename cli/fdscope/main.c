// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope: asks the daemon and shows what it answers.  A command is a file; see command.h. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/complain.h"
#include "fdscope/table.h"

const struct command *const command__list[] = {
	&command__top,	 &command__show, &command__files, &command__system, &command__status,
	&command__watch, NULL,
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
		table__list_columns(o.cmd->columns(&o), o.no_headings);
		return EXIT_FINE;
	}
	return o.cmd->run(&o);
}

/*
 * A socket must not take the place of a closed stdout.  Read-only on purpose: writing to what was
 * closed stays an error.
 */
static void fill_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			_exit(EXIT_NO);
}

int main(int argc, char **argv)
{
	fill_standard_fds();
	/* A reader that leaves shows as EPIPE, which is no error; see complain__check_output(). */
	signal(SIGPIPE, SIG_IGN);
	return complain__check_output(run(argc, argv));
}
