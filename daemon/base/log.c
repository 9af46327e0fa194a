// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's log; see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int max_priority = LOG_INFO;

void log__set_level(int priority)
{
	max_priority = priority;
}

int log__level(void)
{
	return max_priority;
}

int log__emit(int priority, int error, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int len;

	error = abs(error);
	if (priority > max_priority)
		return -error;

	/* Under systemd JOURNAL_STREAM is set and "<N>" in front of a line is its priority. */
	len = getenv("JOURNAL_STREAM") ? snprintf(line, sizeof(line), "<%d>", priority)
				       : snprintf(line, sizeof(line), "fdscoped: ");
	va_start(ap, fmt);
	len += vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);
	if (error && len < (int)sizeof(line))
		len += snprintf(line + len, sizeof(line) - len, ": %s", strerror(error));
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	/* Text from elsewhere (a comm, a path) must not begin a line of its own. */
	for (int i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	/* One write, so that lines never mix; nowhere to report a log that cannot be written. */
	if (write(STDERR_FILENO, line, len) < 0)
		return -error;
	return -error;
}
