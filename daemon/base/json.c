// SPDX-License-Identifier: GPL-2.0-or-later
/* The writer of answer bodies; see json.h. */
#include "base/json.h"

#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP  1024
#define SMALL_TEXT 64  /* comm and the like are cleaned on the stack */
#define FORMAT_MAX 512 /* bytes of one formatted piece */

void json__done(struct json *j)
{
	free(j->data);
	*j = (struct json){.max = j->max};
}

static bool grow(struct json *j, size_t len)
{
	size_t max = j->max ? j->max : JSON_BODY_MAX;
	size_t cap = j->cap;
	char *data;

	if (j->error)
		return false;
	if (len > max || j->len > max - len) {
		j->error = -EFBIG;
		return false;
	}
	if (!cap)
		cap = FIRST_CAP;
	while (cap - j->len < len)
		cap *= 2;
	data = realloc(j->data, cap);
	if (!data) {
		j->error = -ENOMEM;
		return false;
	}
	j->data = data;
	j->cap = cap;
	return true;
}

/* Room for `len` more bytes. */
static inline bool reserve(struct json *j, size_t len)
{
	return (len <= j->cap - j->len && !j->error) || grow(j, len);
}

static inline void append(struct json *j, const char *text, size_t len)
{
	if (!len || !reserve(j, len))
		return;
	memcpy(j->data + j->len, text, len);
	j->len += len;
}

void json__emit_raw(struct json *j, const char *text, size_t len)
{
	append(j, text, len);
}

static void emit_rawv(struct json *j, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void emit_rawv(struct json *j, const char *fmt, va_list ap)
{
	char piece[FORMAT_MAX];
	int len = vsnprintf(piece, sizeof(piece), fmt, ap);

	if (len >= (int)sizeof(piece))
		len = sizeof(piece) - 1;
	if (len > 0)
		append(j, piece, len);
}

void json__emit_rawf(struct json *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit_rawv(j, fmt, ap);
	va_end(ap);
}

/* Comma and key: what stands before every value. */
static void begin_value(struct json *j, const char *key)
{
	size_t len = key ? strlen(key) : 0;
	uint32_t bit = 1u << j->depth;
	char *p;

	if (!reserve(j, len + 4))
		return;
	p = j->data + j->len;
	if (j->begun & bit)
		*p++ = ',';
	j->begun |= bit;
	if (key) {
		*p++ = '"';
		p = mempcpy(p, key, len);
		*p++ = '"';
		*p++ = ':';
	}
	j->len = p - j->data;
}

static void begin(struct json *j, const char *key, const char *bracket)
{
	begin_value(j, key);
	append(j, bracket, 1);
	if (j->depth == JSON_DEPTH_MAX) {
		j->error = -EFBIG;
		return;
	}
	j->depth++;
	j->begun &= ~(1u << j->depth);
}

static void end(struct json *j, const char *bracket)
{
	append(j, bracket, 1);
	if (j->depth)
		j->depth--;
}

void json__begin_object(struct json *j, const char *key)
{
	begin(j, key, "{");
}

void json__begin_array(struct json *j, const char *key)
{
	begin(j, key, "[");
}

void json__end_object(struct json *j)
{
	end(j, "}");
}

void json__reopen_object(struct json *j)
{
	if (j->error)
		return;
	j->len--;
	j->depth++;
	/* `begun` of that depth is as it was: nothing else was there since. */
}

void json__end_array(struct json *j)
{
	end(j, "]");
}

void json__emit_uint(struct json *j, const char *key, uint64_t value)
{
	char digits[24];
	char *p = digits + sizeof(digits);

	if (value > INT64_MAX)
		value = INT64_MAX;
	begin_value(j, key);
	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	append(j, p, digits + sizeof(digits) - p);
}

void json__emit_int(struct json *j, const char *key, int64_t value)
{
	if (value >= 0) {
		json__emit_uint(j, key, value);
		return;
	}
	begin_value(j, key);
	json__emit_rawf(j, "%lld", (long long)value);
}

void json__emit_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	append(j, value ? "true" : "false", value ? 4 : 5);
}

void json__emit_null(struct json *j, const char *key)
{
	begin_value(j, key);
	append(j, "null", 4);
}

void json__emit_real(struct json *j, const char *key, double value)
{
	if (!isfinite(value)) {
		json__emit_null(j, key);
		return;
	}
	begin_value(j, key);
	/* The daemon never calls setlocale(), so the decimal point is a point. */
	json__emit_rawf(j, "%.6g", value);
}

void json__emit_json(struct json *j, const char *key, const char *text, size_t len)
{
	if (!text) {
		json__emit_null(j, key);
		return;
	}
	begin_value(j, key);
	append(j, text, len);
}

/* Between the quotes; `text` is valid UTF-8. */
static void emit_escaped(struct json *j, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t begin = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];
		char esc[6] = {'\\', (char)c, '0', '0', hex[c >> 4], hex[c & 15]};
		size_t esc_len = 2;

		if (c >= ' ' && c != '"' && c != '\\' && c != 0x7f)
			continue;
		if (c < ' ' || c == 0x7f) {
			esc[1] = 'u';
			esc[2] = '0';
			esc_len = 6;
		}
		append(j, text + begin, i - begin);
		append(j, esc, esc_len);
		begin = i + 1;
	}
	append(j, text + begin, len - begin);
}

/* Whether it can stand between the quotes as it is, as nearly all text can. */
static bool is_plain(const char *text, size_t len)
{
	unsigned char odd = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		odd |= (c < ' ') | (c >= 0x7f) | (c == '"') | (c == '\\');
	}
	return !odd;
}

void json__emit_text_n(struct json *j, const char *key, const char *text, size_t len)
{
	begin_value(j, key);
	append(j, "\"", 1);
	if (is_plain(text, len)) {
		append(j, text, len);
	} else if (text__is_utf8(text, len)) {
		emit_escaped(j, text, len);
	} else if (len <= SMALL_TEXT) {
		char clean[4 * SMALL_TEXT + 1];

		emit_escaped(j, clean, text__copy_utf8(clean, sizeof(clean), text, len));
	} else {
		char *clean = text__to_utf8(text, len);

		if (clean)
			emit_escaped(j, clean, strlen(clean));
		else
			j->error = -ENOMEM;
		free(clean);
	}
	append(j, "\"", 1);
}

void json__emit_hex(struct json *j, const char *key, uint64_t value)
{
	char digits[16];

	for (size_t i = sizeof(digits); i--; value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	json__emit_text_n(j, key, digits, sizeof(digits));
}

void json__emit_text(struct json *j, const char *key, const char *text)
{
	if (text)
		json__emit_text_n(j, key, text, strlen(text));
	else
		json__emit_null(j, key);
}

void json__emit_textf(struct json *j, const char *key, const char *fmt, ...)
{
	char text[FORMAT_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(text)) /* cut, but never inside a character */
		len = (int)text__whole_utf8(text, sizeof(text) - 1);
	json__emit_text_n(j, key, text, len < 0 ? 0 : len);
}
