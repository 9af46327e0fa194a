// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads JSON without building it; see scan.h. */
#include "fdtop/model/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void skip_blanks(struct scan *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
}

bool scan__take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

void scan_value__done(struct scan_value *v)
{
	text__done(&v->string);
}

/* Four hexadecimal digits behind "\u"; -1: there are none. */
static int32_t take_hex(struct scan *s)
{
	int32_t v = 0;

	if (s->end - s->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *s->at++;

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static void add_utf8(struct text *t, uint32_t cp)
{
	char buf[4];
	size_t len = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = len; --i;) {
		buf[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	buf[0] = (char)(lead[len] | cp);
	text__add_bytes(t, buf, len);
}

/* Behind "\u"; a half of a pair alone is no character. */
static int take_unicode(struct scan *s, struct text *out)
{
	int32_t high = take_hex(s), low;

	if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
		return -EBADMSG;
	if (high < 0xd800 || high > 0xdbff) {
		add_utf8(out, (uint32_t)high);
		return 0;
	}
	if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
		return -EBADMSG;
	s->at += 2;
	low = take_hex(s);
	if (low < 0xdc00 || low > 0xdfff)
		return -EBADMSG;
	add_utf8(out, 0x10000 + (((uint32_t)high & 0x3ff) << 10 | ((uint32_t)low & 0x3ff)));
	return 0;
}

static int take_escape(struct scan *s, struct text *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (s->at == s->end)
		return -EBADMSG;
	if (*s->at == 'u') {
		s->at++;
		return take_unicode(s, out);
	}
	at = *s->at ? strchr(from, *s->at) : NULL;
	if (!at)
		return -EBADMSG;
	s->at++;
	text__add_bytes(out, &to[at - from], 1);
	return 0;
}

/* Behind the opening quotation mark. */
static int take_string(struct scan *s, struct text *out)
{
	text__clear(out);
	for (;;) {
		const char *begin = s->at;
		int err;

		while (s->at < s->end && *s->at != '"' && *s->at != '\\' &&
		       (unsigned char)*s->at >= ' ')
			s->at++;
		text__add_bytes(out, begin, s->at - begin);
		if (s->at == s->end || (unsigned char)*s->at < ' ')
			return -EBADMSG;
		if (*s->at++ == '"')
			return out->oom ? -ENOMEM : 0;
		err = take_escape(s, out);
		if (err)
			return err;
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* As JSON writes numbers: "-0.5e+3". */
static int take_number(struct scan *s, struct scan_value *v)
{
	const char *begin = s->at;
	bool negative = *begin == '-', whole = true, fits = true;
	int64_t n = 0;

	s->at += negative;
	if (s->at == s->end || !is_digit(*s->at) || (*s->at == '0' && is_digit(s->at[1])))
		return -EBADMSG;
	for (; s->at < s->end && is_digit(*s->at); s->at++)
		fits = fits && !__builtin_mul_overflow(n, 10, &n) &&
		       !(negative ? __builtin_sub_overflow(n, *s->at - '0', &n)
				  : __builtin_add_overflow(n, *s->at - '0', &n));
	for (; s->at < s->end && (is_digit(*s->at) || (*s->at && strchr(".eE+-", *s->at))); s->at++)
		whole = false;
	v->type = whole && fits ? SCAN_INT : SCAN_REAL;
	v->integer = n;
	v->real = (double)n;
	if (v->type == SCAN_REAL) {
		char *stop;

		/* It ends at a byte that is in no number, at the latest at the NUL. */
		v->real = strtod(begin, &stop);
		if (stop != s->at || !is_digit(stop[-1]))
			return -EBADMSG;
	}
	return 0;
}

static int take_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || strncmp(s->at, word, len) != 0)
		return -EBADMSG;
	s->at += len;
	return 0;
}

static int scan_at(struct scan *s, struct scan_value *v, int depth);

/* Behind the opening bracket: values, in an object each with its name. */
static int skip_nested(struct scan *s, struct scan_value *v, char closing, int depth)
{
	if (depth > SCAN_DEPTH_MAX)
		return -EBADMSG;
	if (scan__take(s, closing))
		return 0;
	do {
		int err = 0;

		if (closing == '}') {
			if (!scan__take(s, '"'))
				return -EBADMSG;
			err = take_string(s, &v->string);
			if (!err && !scan__take(s, ':'))
				return -EBADMSG;
		}
		if (!err)
			err = scan_at(s, v, depth);
		if (err)
			return err;
	} while (scan__take(s, ','));
	return scan__take(s, closing) ? 0 : -EBADMSG;
}

static int scan_at(struct scan *s, struct scan_value *v, int depth)
{
	int err;

	skip_blanks(s);
	if (s->at == s->end)
		return -EBADMSG;
	switch (*s->at) {
	case '"':
		s->at++;
		v->type = SCAN_STRING;
		return take_string(s, &v->string);
	case 'n':
		v->type = SCAN_NULL;
		return take_word(s, "null");
	case 't':
		v->type = SCAN_TRUE;
		return take_word(s, "true");
	case 'f':
		v->type = SCAN_FALSE;
		return take_word(s, "false");
	case '[':
	case '{':
		err = skip_nested(s, v, *s->at++ == '[' ? ']' : '}', depth + 1);
		v->type = SCAN_NESTED;
		return err;
	default:
		return take_number(s, v);
	}
}

int scan__value(struct scan *s, struct scan_value *v)
{
	return scan_at(s, v, 0);
}
