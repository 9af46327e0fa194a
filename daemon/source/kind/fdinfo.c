// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of fdinfo; see fdinfo.h. */
#include "source/kind/fdinfo.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

const char *fdinfo__next(const char **pos, const char *key)
{
	size_t len = strlen(key);

	while (**pos) {
		const char *line = *pos, *end = strchr(line, '\n');

		*pos = end ? end + 1 : line + strlen(line);
		if (!strncmp(line, key, len))
			return skip_blanks(line + len);
	}
	return NULL;
}

const char *fdinfo__find(const char *text, const char *key)
{
	return fdinfo__next(&text, key);
}

static bool parse_uint(const char *s, int base, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	s = skip_blanks(s);
	if (!isxdigit((unsigned char)*s))
		return false;
	errno = 0;
	value = strtoull(s, &end, base);
	if (end == s || errno)
		return false;
	*ret = value;
	return true;
}

bool fdinfo__parse_uint(const char *text, const char *key, int base, uint64_t *ret)
{
	const char *s = fdinfo__find(text, key);

	return s && parse_uint(s, base, ret);
}

bool fdinfo__parse_field(const char *line, const char *key, int base, uint64_t *ret)
{
	size_t len = strlen(key), left = strcspn(line, "\n");

	for (; left >= len; line++, left--)
		if (!strncmp(line, key, len))
			return parse_uint(line + len, base, ret);
	return false;
}
