/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a row of an answer to the text of a cell.  What comes from the daemon is taken for hostile:
 * a value of another type than expected reads "?", and text is escaped.
 */
#ifndef FDSCOPE_CLI_CELLS_H
#define FDSCOPE_CLI_CELLS_H

#include <stdint.h>

#include "columns.h"

/* Replaces what is in `out`; never leaves it empty. */
void cell__format(const struct column *col, const json_t *row, struct text *out);

/* Highest level that a ratio has reached, per cent: 0, 80 or 95.  0 for other columns. */
int cell__level(const struct column *col, const json_t *row);

/* The value of "a" or "a.b.c" in a row, NULL without one. */
json_t *cell__value(const json_t *row, const char *key);

/* Escaped text of a string value; of anything else nothing. */
void cell__add_string(struct text *out, const json_t *value);

/* The name of a user, else the number; "?" for what is no user id. */
void cell__add_user(struct text *out, int64_t uid);

/* Getters of the columns that need more than one key; see columns.c. */
void cell__get_pid(const json_t *row, struct text *out);
void cell__get_user(const json_t *row, struct text *out);
void cell__get_kinds(const json_t *row, struct text *out);
void cell__get_history(const json_t *row, struct text *out);
void cell__get_key(const json_t *row, struct text *out);
void cell__get_flags(const json_t *row, struct text *out);
void cell__get_shared(const json_t *row, struct text *out);
void cell__get_shared_procs(const json_t *row, struct text *out);
void cell__get_peers(const json_t *row, struct text *out);
void cell__get_locks(const json_t *row, struct text *out);
void cell__get_name(const json_t *row, struct text *out);
void cell__get_worst(const json_t *row, struct text *out);
void cell__get_file_ratio(const json_t *row, struct text *out);
void cell__get_available(const json_t *row, struct text *out);
void cell__get_attached(const json_t *row, struct text *out);
void cell__get_stack(const json_t *row, struct text *out);
void cell__get_where(const json_t *row, struct text *out);
void cell__get_box_kinds(const json_t *row, struct text *out);
void cell__get_what(const json_t *row, struct text *out);

#endif
