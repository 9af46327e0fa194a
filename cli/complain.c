// SPDX-License-Identifier: GPL-2.0-or-later
/* How the clients end; see complain.h. */
#include "complain.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

int complain(int status, const char *fmt, ...)
{
	_cleanup_text_ struct text line = {};
	char raw[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text__addf(&line, "%s: ", program_invocation_short_name);
	text__add_escaped(&line, raw, strlen(raw));
	text__add(&line, "\n");
	fputs(text__str(&line), stderr);
	return status;
}

static int output_errno;

void complain__output_failed(void)
{
	output_errno = errno;
}

/* Also where the failed write lies too far back for errno. */
static bool reader_has_left(void)
{
	struct pollfd pfd = {.fd = STDOUT_FILENO};

	return poll(&pfd, 1, 0) > 0 && (pfd.revents & POLLERR);
}

int complain__check_output(int status)
{
	errno = output_errno;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (errno == EPIPE || reader_has_left())
		return status;
	return complain(EXIT_NO, "cannot write: %s", errno ? strerror(errno) : "output error");
}
