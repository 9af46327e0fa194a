/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process as the answers show it: the object P of openapi.json.
 */
#ifndef FDSCOPE_ROW_H
#define FDSCOPE_ROW_H

#include "base/json.h"
#include "store/store.h"

/* The members only, so that more can follow. */
void row__emit_members(struct json *j, struct store *s, struct process *p);
/* The whole object, in an array. */
void row__emit(struct json *j, struct store *s, struct process *p);
/*
 * How many descriptors its table had, as far back as memory goes: [[time_ns, count], ...], oldest
 * first, of each step the least, and the most where that differs.
 */
void row__emit_history(struct json *j, const char *key, const struct table *t);

#endif
