/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of /proc/PID/fdinfo/FD: lines of "key: value".  Whatever the text, nothing is read
 * beyond its NUL.
 */
#ifndef FDSCOPE_FDINFO_H
#define FDSCOPE_FDINFO_H

#include <stdbool.h>
#include <stdint.h>

/* What follows `key` and blanks at the beginning of a line; NULL: no such line. */
const char *fdinfo__find(const char *text, const char *key);

/* The same for line after line: *pos begins as the text, and moves on. */
const char *fdinfo__next(const char **pos, const char *key);

/* A number there, in that base (16: also with "0x"). */
bool fdinfo__parse_uint(const char *text, const char *key, int base, uint64_t *ret);

/* The number behind `key` anywhere in the line that `line` points into. */
bool fdinfo__parse_field(const char *line, const char *key, int base, uint64_t *ret);

#endif
