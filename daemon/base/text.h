/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from elsewhere (names, command lines) as text: valid UTF-8, as JSON demands.  A byte that
 * is not part of a valid sequence becomes \xNN, so that names that differ stay different.
 */
#ifndef FDSCOPE_TEXT_H
#define FDSCOPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* NUL counts as invalid; overlong forms, surrogates and what is above U+10FFFF too. */
bool text__is_utf8(const char *bytes, size_t len);

/* A copy of the bytes as valid UTF-8; NULL: no memory.  At most 4 * len bytes and the NUL. */
char *text__to_utf8(const char *bytes, size_t len);

/*
 * The same into a buffer; what does not fit is cut between two characters.  Returns the length
 * without the NUL; `dst_sz` must not be 0.
 */
size_t text__copy_utf8(char *dst, size_t dst_sz, const char *bytes, size_t len);

/* The same, and control characters become \xNN too: for messages. */
size_t text__copy_printable(char *dst, size_t dst_sz, const char *bytes, size_t len);

/* `len` less the beginning of a character that was cut at the end, if there is one. */
size_t text__whole_utf8(const char *bytes, size_t len);

#endif
