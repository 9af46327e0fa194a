/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stack as text: the places of its calls in files, innermost first.
 */
#ifndef FDSCOPE_PLACES_H
#define FDSCOPE_PLACES_H

#include "base/json.h"
#include "fdscope/record.h"

#include <stddef.h>

#define PLACES_TEXT_SZ 8192 /* bytes of the text of one stack; the outermost calls are cut */

struct places {
	char *list[FDS_STACK_MAX];
	size_t cnt;
};

/* One more, as what describes stacks calls it; `ctx` is a struct places.  No memory: left out. */
void places__add(void *ctx, const char *place);
void places__done(struct places *p);

/* Whole places, a line each, as many as fit, to be freed; NULL: none, or no memory. */
char *places__join(const char *const *list, size_t cnt);
/* "stack": the lines of such a text as an array; NULL: none. */
void places__emit(struct json *j, const char *text);

#endif
