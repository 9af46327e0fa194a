/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows for people: a table through libsmartcols, printed and freed every TABLE_BATCH rows, so that
 * a million rows take the memory of one batch; and sheets, a line per column of one row.
 */
#ifndef FDSCOPE_CLI_TABLE_H
#define FDSCOPE_CLI_TABLE_H

#include <jansson.h>

#include "columns.h"
#include "fdscope/options.h"

#define TABLE_BATCH 10000

struct table;

/* `list` must outlive the table.  -ENOMEM. */
int table__new(const struct column_list *list, bool no_headings, struct table **ret_table);
int table__add(struct table *t, const json_t *row);
/* What is still to be printed; call once, at the end. */
int table__flush(struct table *t);
/* Accepts NULL. */
void table__free(struct table *t);

/* One row as a sheet, and below it the tables that it holds.  -ENOMEM. */
int table__print_sheet(const struct options *o, const json_t *row);

/* --list-columns */
void table__list_columns(const struct column_set *set, bool no_headings);

/* A terminal that wants colours: stdout is one, TERM is not "dumb", NO_COLOR is not set. */
bool table__has_colours(void);

#endif
