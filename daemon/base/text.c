// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes from elsewhere as valid UTF-8; see text.h. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ESCAPE_SZ 4 /* \xNN */

/* The length that a character beginning with this byte has; 0: no character begins so. */
static size_t char_len(unsigned char first)
{
	if (first < 0x80)
		return first ? 1 : 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* Whether the bytes after the first may stand there, as far as there are any. */
static bool continues(const unsigned char *s, size_t len)
{
	/* The second byte tells overlong forms, surrogates and what is above U+10FFFF. */
	if (len > 1) {
		unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
		unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;

		if (s[1] < low || s[1] > high)
			return false;
	}
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* Length of the valid character at the beginning; 0: there is none. */
static size_t valid_len(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t want = len ? char_len(s[0]) : 0;

	return want && want <= len && continues(s, want) ? want : 0;
}

bool text__is_utf8(const char *bytes, size_t len)
{
	while (len) {
		size_t n = valid_len(bytes, len);

		if (!n)
			return false;
		bytes += n;
		len -= n;
	}
	return true;
}

static size_t copy(char *dst, size_t dst_sz, const char *bytes, size_t len, bool controls)
{
	static const char hex[] = "0123456789abcdef";
	size_t used = 0;

	while (len) {
		bool escape = !controls && ((unsigned char)*bytes < ' ' || *bytes == 0x7f);
		size_t n = escape ? 0 : valid_len(bytes, len);
		size_t room = dst_sz - used - 1;

		if (n) {
			if (n > room)
				break;
			memcpy(dst + used, bytes, n);
			used += n;
		} else {
			unsigned char c = *bytes;

			n = 1;
			if (ESCAPE_SZ > room)
				break;
			dst[used++] = '\\';
			dst[used++] = 'x';
			dst[used++] = hex[c >> 4];
			dst[used++] = hex[c & 15];
		}
		bytes += n;
		len -= n;
	}
	dst[used] = '\0';
	return used;
}

size_t text__copy_utf8(char *dst, size_t dst_sz, const char *bytes, size_t len)
{
	return copy(dst, dst_sz, bytes, len, true);
}

size_t text__copy_printable(char *dst, size_t dst_sz, const char *bytes, size_t len)
{
	return copy(dst, dst_sz, bytes, len, false);
}

char *text__to_utf8(const char *bytes, size_t len)
{
	size_t sz = 1;
	char *s;

	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = valid_len(bytes + i, len - i);
		sz += n ? n : ESCAPE_SZ;
	}
	s = malloc(sz);
	if (s)
		text__copy_utf8(s, sz, bytes, len);
	return s;
}

size_t text__whole_utf8(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;

	/* A character has at most 4 bytes, so a cut one leaves at most 3. */
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		const unsigned char *first = s + len - back;

		if ((*first & 0xc0) == 0x80)
			continue;
		return char_len(*first) > back && continues(first, back) ? len - back : len;
	}
	return len;
}
