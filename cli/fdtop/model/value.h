/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of an answer's JSON, taken for hostile: another type than expected is "not known". */
#ifndef FDSCOPE_FDTOP_VALUE_H
#define FDSCOPE_FDTOP_VALUE_H

#include <jansson.h>
#include <math.h>
#include <stdint.h>

#include "text.h"

#define VALUE_UNKNOWN	INT64_MIN
#define VALUE_UNLIMITED INT64_MAX

static inline int64_t value__int(const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);

	return json_is_integer(v) ? json_integer_value(v) : VALUE_UNKNOWN;
}

/* null: VALUE_UNLIMITED. */
static inline int64_t value__limit(const json_t *row, const char *key)
{
	return json_is_null(json_object_get(row, key)) ? VALUE_UNLIMITED : value__int(row, key);
}

/* NAN: not known. */
static inline double value__num(const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* A count as people read it: "-" where it is not known, "unlimited". */
void value__add_count(struct text *t, int64_t v);

/* Escaped copy of a string, NULL without one or without memory; the caller frees it. */
char *value__text(const json_t *row, const char *key);

#endif
