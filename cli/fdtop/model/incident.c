// SPDX-License-Identifier: GPL-2.0-or-later
/* One incident and its black box as a text: what fdscope incidents ID shows, with the curve. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cells.h"
#include "fdtop/model/doc.h"
#include "fdtop/model/series.h"
#include "fdtop/model/value.h"
#include "rows.h"

#define PLOT_ROWS   7
#define PLOT_COLS   76
#define POINTS_MAX  4096
#define LABEL_WIDTH 13

static enum doc_style value_style(const struct column *col, const char *value)
{
	if (strcmp(col->name, "SEVERITY") && strcmp(col->name, "STATE"))
		return DOC_PLAIN;
	return !strcmp(value, "critical") ? DOC_CRITICAL
	       : !strcmp(value, "warn")	  ? DOC_WARN
					  : DOC_PLAIN;
}

static int add_fields(struct doc *d, const struct column_list *list, const json_t *row)
{
	_cleanup_text_ struct text value = {};
	int err = 0;

	for (size_t i = 0; i < list->cnt && !err; i++) {
		const struct column *col = list->col[i];

		if (col->type == COL_ROWS)
			continue;
		cell__format(col, row, &value);
		if (strcmp(text__str(&value), "-"))
			err = doc__add_field(d, LABEL_WIDTH, col->label,
					     value_style(col, text__str(&value)),
					     text__str(&value));
		if (value.oom)
			err = -ENOMEM;
	}
	return err;
}

/* "   12  /var/log": the count at the right of its column, the other cells behind it. */
static int add_row(struct doc *d, const struct column_list *list, const json_t *row)
{
	_cleanup_text_ struct text line = {}, cell = {};

	text__add(&line, "  ");
	for (size_t i = 0; i < list->cnt; i++) {
		cell__format(list->col[i], row, &cell);
		text__addf(&line, column__is_right(list->col[i]) ? "%7s  " : "%s  ",
			   text__str(&cell));
		line.oom |= cell.oom;
	}
	return line.oom ? -ENOMEM : doc__add(d, DOC_PLAIN, text__str(&line));
}

/* A refused call has its stack below it, a line per call. */
static int add_stack(struct doc *d, const json_t *row)
{
	const json_t *stack = json_object_get(row, "stack");
	json_t *call;
	size_t i;
	int err = 0;

	json_array_foreach (stack, i, call) {
		_cleanup_text_ struct text line = {};

		text__addf(&line, "           #%-2zu ", i);
		cell__add_string(&line, call);
		if (!err)
			err = line.oom ? -ENOMEM : doc__add(d, DOC_DIM, text__str(&line));
	}
	return err;
}

static int add_rows(struct doc *d, const struct column *col, const json_t *row)
{
	const json_t *rows = cell__value(row, col->key);
	bool is_refusal = col->rows == &columns__refusal;
	struct column_list list;
	const char *bad;
	size_t bad_len, i;
	json_t *one;
	int err;

	if (!json_array_size(rows))
		return 0;
	columns__default(col->rows, &list);
	if (is_refusal)
		columns__parse(col->rows, "TIME,COUNT,ERROR,CAUSE,SYSCALL", &list, &bad, &bad_len);
	err = doc__add(d, DOC_PLAIN, "");
	if (!err)
		err = doc__add(d, DOC_HEADING, col->label);
	json_array_foreach (rows, i, one) {
		if (!err)
			err = add_row(d, &list, one);
		if (!err && is_refusal)
			err = add_stack(d, one);
	}
	return err;
}

static int add_curve(struct doc *d, const json_t *root)
{
	const json_t *curve = cell__value(root, "black_box.curve");
	size_t cnt = json_array_size(curve) < POINTS_MAX ? json_array_size(curve) : POINTS_MAX;
	_cleanup_free_ struct series_point *p = calloc(cnt + 1, sizeof(*p));
	_cleanup_text_ struct text plot = {};
	int err;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++) {
		const json_t *point = json_array_get(curve, i);

		p[i].time_ns = json_integer_value(json_array_get(point, 0));
		p[i].min = p[i].max = json_integer_value(json_array_get(point, 1));
	}
	series__plot(p, cnt, PLOT_ROWS, PLOT_COLS, &plot);
	if (!plot.len)
		return plot.oom ? -ENOMEM : 0;
	err = doc__add(d, DOC_PLAIN, "");
	if (!err)
		err = doc__add(d, DOC_HEADING, "Descriptors until then");
	return err ? err : doc__add(d, DOC_PLAIN, text__str(&plot));
}

static int add_all(struct doc *d, const json_t *root)
{
	struct column_list list;
	int err;

	columns__default(&columns__case, &list);
	err = add_fields(d, &list, root);
	if (!err)
		err = add_curve(d, root);
	for (size_t i = 0; i < list.cnt && !err; i++)
		if (list.col[i]->type == COL_ROWS)
			err = add_rows(d, list.col[i], root);
	if (!err && json_is_null(json_object_get(root, "black_box"))) {
		err = doc__add(d, DOC_PLAIN, "");
		if (!err)
			err = doc__add(d, DOC_DIM, "There is no black box of it.");
	}
	return err;
}

int doc__parse_incident(const char *body, size_t sz, struct doc **ret_doc)
{
	struct doc *d;
	json_t *root;
	int err = rows__parse_object(body, sz, &root);

	if (err)
		return err;
	d = calloc(1, sizeof(*d));
	err = d ? add_all(d, root) : -ENOMEM;
	if (!err)
		d->pid = value__int(root, "pid") > 0 ? value__int(root, "pid") : 0;
	json_decref(root);
	if (err)
		doc__free(d);
	else
		*ret_doc = d;
	return err;
}
