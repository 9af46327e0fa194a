// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows for people; see table.h. */
#include "fdscope/table.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cells.h"

struct table {
	const struct column_list *list;
	bool no_headings;
	bool colours;
	bool printed; /* a batch is out: no more headings */
	size_t row_cnt;
	size_t width[COLUMN_LIST_MAX]; /* of the batch before, so that columns stay where they are
					*/
	struct libscols_table *batch;
	struct text cell;
};

bool table__has_colours(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && *term &&
	       strcmp(term, "dumb");
}

int table__new(const struct column_list *list, bool no_headings, struct table **ret_table)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->list = list;
	t->no_headings = no_headings;
	t->colours = table__has_colours();
	*ret_table = t;
	return 0;
}

void table__free(struct table *t)
{
	if (!t)
		return;
	scols_unref_table(t->batch);
	text__done(&t->cell);
	free(t);
}

static void cleanup_table(struct table **t)
{
	table__free(*t);
}

static int begin_batch(struct table *t)
{
	struct libscols_table *batch = scols_new_table();

	if (!batch)
		return -ENOMEM;
	t->batch = batch;
	t->row_cnt = 0;
	/* Cells are escaped already, and library's way would escape our backslashes. */
	scols_table_enable_noencoding(batch, 1);
	scols_table_enable_colors(batch, t->colours);
	scols_table_enable_noheadings(batch, t->no_headings || t->printed);
	for (size_t i = 0; i < t->list->cnt; i++) {
		const struct column *col = t->list->col[i];
		int flags = (column__is_right(col) ? SCOLS_FL_RIGHT : 0) |
			    (col->flags & COL_CUT ? SCOLS_FL_TRUNC : 0);

		if (!scols_table_new_column(batch, col->name, (double)t->width[i], flags))
			return -ENOMEM;
	}
	return 0;
}

/* The library prints nothing at all of a table without rows. */
static void print_headings(const struct table *t)
{
	for (size_t i = 0; i < t->list->cnt; i++)
		printf("%s%s", i ? " " : "", t->list->col[i]->name);
	putchar('\n');
}

int table__flush(struct table *t)
{
	int err;

	if (!t->batch) {
		if (!t->printed && !t->no_headings)
			print_headings(t);
		t->printed = true;
		return 0;
	}
	err = scols_print_table(t->batch);
	for (size_t i = 0; i < t->list->cnt; i++)
		t->width[i] = scols_column_get_width(scols_table_get_column(t->batch, i));
	scols_unref_table(t->batch);
	t->batch = NULL;
	t->printed = true;
	return err;
}

static const char *level_colour(int level)
{
	return level >= 95 ? "red" : level >= 80 ? "yellow" : NULL;
}

int table__add(struct table *t, const json_t *row)
{
	struct libscols_line *line;
	int err = 0;

	if (!t->batch)
		err = begin_batch(t);
	if (err)
		return err;
	line = scols_table_new_line(t->batch, NULL);
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < t->list->cnt; i++) {
		const char *colour = level_colour(cell__level(t->list->col[i], row));

		cell__format(t->list->col[i], row, &t->cell);
		if (t->cell.oom || scols_line_set_data(line, i, text__str(&t->cell)))
			return -ENOMEM;
		if (colour && scols_cell_set_color(scols_line_get_cell(line, i), colour))
			return -ENOMEM;
	}
	return ++t->row_cnt < TABLE_BATCH ? 0 : table__flush(t);
}

static int print_rows(const struct options *o, const struct column *col, const json_t *rows)
{
	_cleanup_(cleanup_table) struct table *t = NULL;
	struct column_list list;
	size_t i;
	json_t *row;
	int err;

	columns__default(col->rows, &list);
	err = table__new(&list, o->no_headings, &t);
	json_array_foreach (rows, i, row)
		if (!err)
			err = table__add(t, row);
	return err ? err : table__flush(t);
}

static void print_field(const struct options *o, const struct column *col, const json_t *row,
			int label_width, const struct text *value)
{
	const char *colour = NULL;

	if (table__has_colours() && cell__level(col, row))
		colour = cell__level(col, row) >= 95 ? "\033[31m" : "\033[33m";
	if (!o->no_headings)
		printf("%-*s  ", label_width, col->label);
	printf("%s%s%s\n", colour ? colour : "", text__str(value), colour ? "\033[0m" : "");
}

int table__print_sheet(const struct options *o, const json_t *row)
{
	_cleanup_text_ struct text value = {};
	const struct column_list *list = &o->columns;
	int label_width = 0, err = 0;

	for (size_t i = 0; i < list->cnt; i++)
		if (list->col[i]->type != COL_ROWS &&
		    (int)strlen(list->col[i]->label) > label_width)
			label_width = (int)strlen(list->col[i]->label);
	for (size_t i = 0; i < list->cnt; i++) {
		if (list->col[i]->type == COL_ROWS)
			continue;
		cell__format(list->col[i], row, &value);
		if (value.oom)
			return -ENOMEM;
		print_field(o, list->col[i], row, label_width, &value);
	}
	for (size_t i = 0; i < list->cnt && !err; i++) {
		const struct column *col = list->col[i];
		const json_t *rows = col->type == COL_ROWS ? cell__value(row, col->key) : NULL;

		if (!json_array_size(rows))
			continue;
		if (!o->no_headings)
			printf("\n%s:\n", col->label);
		err = print_rows(o, col, rows);
	}
	return err;
}

void table__list_columns(const struct column_set *set, bool no_headings)
{
	if (!no_headings)
		printf("%-14s %-8s %-8s %s\n", "COLUMN", "TYPE", "DEFAULT", "MEANING");
	for (size_t i = 0; i < set->cnt; i++) {
		const struct column *col = &set->columns[i];

		if (columns__offers(set, i))
			printf("%-14s %-8s %-8s %s\n", col->name, column__json_type(col),
			       col->flags & set->dflt ? "yes" : "no", col->help);
	}
}
