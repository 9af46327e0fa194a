/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that grows, and the two ways in which foreign text enters it: escaped for a terminal,
 * percent-encoded for a request.  No input, no output, no locale.
 */
#ifndef FDSCOPE_CLI_TEXT_H
#define FDSCOPE_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * All zero is empty text.  Memory that runs out is remembered in `oom` and what is added from then
 * on is dropped, so that callers check once, at the end.
 */
struct text {
	char *s;
	size_t len;
	size_t cap;
	bool oom;
};

#define TEXT_MAX (64u << 20) /* bytes; a longer text counts as memory that ran out */

void text__done(struct text *t);
void text__clear(struct text *t);

/* Never NULL; valid until the text changes. */
const char *text__str(const struct text *t);

void text__add_bytes(struct text *t, const char *s, size_t len);
void text__add(struct text *t, const char *s);
void text__addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Adds `len` bytes so that they can do nothing to a terminal or to a line: control characters
 * (C0, DEL, C1), line and paragraph separators, marks that turn the direction of writing and
 * bytes that are not UTF-8 become \xNN, byte by byte, as the daemon itself writes bytes of names
 * that JSON cannot hold.  Other UTF-8 stays.
 */
void text__add_escaped(struct text *t, const char *s, size_t len);

/* Percent-encoded but for the unreserved characters of RFC 3986. */
void text__add_encoded(struct text *t, const char *s);

#define _cleanup_text_ __attribute__((cleanup(text__done)))

#endif
