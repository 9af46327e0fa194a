// SPDX-License-Identifier: GPL-2.0-or-later
/* Why something was not accepted; see why.h. */
#include "base/why.h"

#include <stdarg.h>
#include <stdio.h>

int why__format(char **ret, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(ret, fmt, ap) < 0)
		*ret = NULL;
	va_end(ap);
	return error;
}
