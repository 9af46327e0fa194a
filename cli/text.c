// SPDX-License-Identifier: GPL-2.0-or-later
/* Text that grows; see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text__done(struct text *t)
{
	free(t->s);
	*t = (struct text){};
}

void text__clear(struct text *t)
{
	t->len = 0;
	t->oom = false;
	if (t->s)
		t->s[0] = '\0';
}

const char *text__str(const struct text *t)
{
	return t->s ? t->s : "";
}

/* Room for `more` bytes and the NUL behind them. */
static bool make_room(struct text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 64;
	char *s;

	if (t->oom || more >= TEXT_MAX || t->len + more >= TEXT_MAX) {
		t->oom = true;
		return false;
	}
	if (t->len + more < t->cap)
		return true;
	while (cap <= t->len + more)
		cap *= 2;
	s = realloc(t->s, cap);
	if (!s) {
		t->oom = true;
		return false;
	}
	t->s = s;
	t->cap = cap;
	return true;
}

void text__add_bytes(struct text *t, const char *s, size_t len)
{
	if (!make_room(t, len))
		return;
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text__add(struct text *t, const char *s)
{
	text__add_bytes(t, s, strlen(s));
}

void text__addf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0 || !make_room(t, len))
		return;
	va_start(ap, fmt);
	vsnprintf(t->s + t->len, len + 1, fmt, ap);
	va_end(ap);
	t->len += len;
}

/* Length of the UTF-8 sequence at s (its code point in *cp), 0 when it is none (RFC 3629). */
static size_t utf8_decode(const unsigned char *s, size_t left, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len;

	if (s[0] < 0x80)
		len = 1, *cp = s[0];
	else if ((s[0] & 0xe0) == 0xc0)
		len = 2, *cp = s[0] & 0x1f;
	else if ((s[0] & 0xf0) == 0xe0)
		len = 3, *cp = s[0] & 0x0f;
	else if ((s[0] & 0xf8) == 0xf0)
		len = 4, *cp = s[0] & 0x07;
	else
		return 0;
	if (len > left)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[len] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return len;
}

static bool is_harmful(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0x061c ||
	       (cp >= 0x200b && cp <= 0x200f) || /* without width; direction marks */
	       (cp >= 0x2028 && cp <= 0x202e) || /* separators, embeddings */
	       cp == 0x2060 || cp == 0xfeff ||	 /* without width */
	       (cp >= 0x2066 && cp <= 0x2069);	 /* isolates */
}

void text__add_escaped(struct text *t, const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t plain = 0; /* bytes before i that are not added yet */
	size_t i = 0;

	while (i < len) {
		uint32_t cp = 0;
		size_t n = utf8_decode(u + i, len - i, &cp);

		if (n && !is_harmful(cp)) {
			i += n;
			plain += n;
			continue;
		}
		text__add_bytes(t, s + i - plain, plain);
		plain = 0;
		for (size_t end = i + (n ? n : 1); i < end; i++)
			text__addf(t, "\\x%02x", u[i]);
	}
	text__add_bytes(t, s + i - plain, plain);
}

void text__add_encoded(struct text *t, const char *s)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (; *s; s++) {
		if (strchr(unreserved, *s))
			text__add_bytes(t, s, 1);
		else
			text__addf(t, "%%%02X", (unsigned char)*s);
	}
}
