// SPDX-License-Identifier: GPL-2.0-or-later
/* What every client does first; see program.h. */
#include "program.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"

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

void program__init(void)
{
	fill_standard_fds();
	/* A reader that leaves shows as EPIPE, which is no error; see complain__check_output(). */
	signal(SIGPIPE, SIG_IGN);
}

bool program__use_utf8(void)
{
	if (setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8"))
		return true;
	setlocale(LC_CTYPE, "C.UTF-8");
	return false;
}
