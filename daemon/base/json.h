/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The writer of answer bodies: JSON goes as text straight into one growing buffer, so that a list
 * of 10,000 rows never exists as a tree (a tenth of the time of building a jansson object per
 * row).  Errors stick: write all of it, then look at `error` once.
 */
#ifndef FDSCOPE_JSON_H
#define FDSCOPE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 31
#define JSON_BODY_MAX  ((size_t)64 << 20) /* bytes; beyond it -EFBIG */

struct json {
	char *data; /* malloc'd; not terminated */
	size_t len, cap;
	size_t max;	/* bytes this body may have; 0: JSON_BODY_MAX */
	uint32_t begun; /* bit per depth: a member is there, the next needs a comma */
	unsigned depth;
	int error; /* 0, -ENOMEM, -EFBIG */
};

void json__done(struct json *j);

/* `key` is a literal of ours, or NULL inside an array (and for the outermost value). */
void json__begin_object(struct json *j, const char *key);
void json__begin_array(struct json *j, const char *key);
void json__end_object(struct json *j);
/* The object that has just ended goes on. */
void json__reopen_object(struct json *j);
void json__end_array(struct json *j);

/* Integers beyond what a signed 64-bit reader can hold are given as the largest it can. */
void json__emit_uint(struct json *j, const char *key, uint64_t value);
void json__emit_int(struct json *j, const char *key, int64_t value);
void json__emit_bool(struct json *j, const char *key, bool value);
void json__emit_null(struct json *j, const char *key);
/* Six significant digits; what is no number (NaN, infinite) is null. */
void json__emit_real(struct json *j, const char *key, double value);
/* NULL is null; bytes that are no UTF-8 become \xNN as text, so no row is lost for them. */
void json__emit_text(struct json *j, const char *key, const char *text);
void json__emit_text_n(struct json *j, const char *key, const char *text, size_t len);
/* 16 hexadecimal digits, as text. */
void json__emit_hex(struct json *j, const char *key, uint64_t value);
void json__emit_textf(struct json *j, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A value that is JSON already; NULL is null. */
void json__emit_json(struct json *j, const char *key, const char *text, size_t len);

/* Text as it is, between values: for what is not JSON (metrics, line ends of a stream). */
void json__emit_raw(struct json *j, const char *text, size_t len);
void json__emit_rawf(struct json *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define JSON_UINT_OR_NULL(j, key, value, unknown)                                                  \
	do {                                                                                       \
		uint64_t value_ = (value);                                                         \
		if (value_ == (unknown))                                                           \
			json__emit_null(j, key);                                                   \
		else                                                                               \
			json__emit_uint(j, key, value_);                                           \
	} while (0)

#endif
