// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of an answer as cells; see grid.h. */
#include "fdtop/model/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "cells.h"
#include "fdtop/model/filter.h"
#include "fdtop/model/value.h"
#include "rows.h"

static void cleanup_grid(struct grid **g)
{
	grid__free(*g);
}

int grid__new(const struct grid_source *source, struct grid **ret_grid)
{
	struct grid *g = calloc(1, sizeof(*g));
	const char *bad;
	size_t bad_len;

	if (!g)
		return -ENOMEM;
	if (!source->columns)
		columns__default(source->set, &g->list);
	else
		columns__parse(source->set, source->columns, &g->list, &bad, &bad_len);
	for (size_t i = 0; i < g->list.cnt; i++)
		g->width[i] = (int)strlen(g->list.col[i]->name);
	*ret_grid = g;
	return 0;
}

void grid__free(struct grid *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->cnt; i++)
		free(g->row[i].cells);
	free(g->row);
	free(g);
}

/* Columns of a terminal, near enough for the width of a column: characters. */
static int count_chars(const char *s)
{
	int cnt = 0;

	for (; *s; s++)
		cnt += (*s & 0xc0) != 0x80;
	return cnt;
}

static char *format_cells(struct grid *g, const json_t *row)
{
	_cleanup_text_ struct text cell = {};
	struct text cells = {};
	const char separator = GRID_SEPARATOR;

	for (size_t i = 0; i < g->list.cnt; i++) {
		int width;

		cell__format(g->list.col[i], row, &cell);
		width = count_chars(text__str(&cell));
		if (width > g->width[i])
			g->width[i] = width;
		if (i)
			text__add_bytes(&cells, &separator, 1);
		text__add(&cells, text__str(&cell));
		cells.oom |= cell.oom;
	}
	if (cells.oom)
		text__done(&cells);
	return cells.s;
}

static bool is_text(const json_t *row, const char *key, const char *text)
{
	const json_t *v = json_object_get(row, key);

	return json_is_string(v) && !strcmp(json_string_value(v), text);
}

static int row_level(const json_t *row)
{
	int64_t level = value__int(row, "level");

	if (is_text(row, "state", "cleared") || is_text(row, "step", "clear") ||
	    is_text(row, "direction", "down"))
		return 0;
	if (is_text(row, "severity", "critical") || is_text(row, "type", "failure") || level >= 95)
		return 95;
	if (is_text(row, "severity", "warn") || level >= 80)
		return 80;
	return 0;
}

/* Whom the row leads to: from a descriptor the first one who shares it. */
static void set_target(struct grid_row *r, const json_t *row)
{
	const json_t *shared = json_object_get(row, "shared_with");
	const json_t *target = shared ? json_array_get(shared, 0) : row;
	int64_t pid = value__int(target, "pid");

	r->pid = pid > 0 ? pid : 0;
	r->fd = shared ? value__int(target, "fd") : VALUE_UNKNOWN;
}

int grid__add(struct grid *g, const struct grid_source *source, const json_t *row)
{
	char *cells;

	if (source->is_wanted && !source->is_wanted(row, source->arg))
		return 0;
	if (source->look)
		source->look(row, source->arg);
	g->total++;
	if (g->cnt >= GRID_ROWS_MAX)
		return 0;
	if (array_reserve(g->row, g->cap, g->cnt))
		return -ENOMEM;
	cells = format_cells(g, row);
	if (!cells)
		return -ENOMEM;
	g->row[g->cnt] = (struct grid_row){
		.id = source->id_key ? value__int(row, source->id_key) : 0,
		.time_ns = value__int(row, "time_ns"),
		.level = row_level(row),
		.cells = cells,
	};
	set_target(&g->row[g->cnt++], row);
	return 0;
}

struct adding {
	struct grid *grid;
	const struct grid_source *source;
};

static int add_row(void *ctx, json_t *row)
{
	struct adding *a = ctx;

	return grid__add(a->grid, a->source, row);
}

int grid__parse(const char *body, size_t sz, const struct grid_source *source,
		struct grid **ret_grid)
{
	_cleanup_(cleanup_grid) struct grid *g = NULL;
	int err = grid__new(source, &g);

	if (!err)
		err = rows__each(body, sz, source->array, add_row, &(struct adding){g, source});
	if (err)
		return err;
	*ret_grid = take_ptr(g);
	return 0;
}

static bool is_of_process(const json_t *row, void *arg)
{
	return value__int(row, "pid") == *(int64_t *)arg;
}

int grid__parse_hazards(const char *body, size_t sz, int64_t pid, struct grid **ret_grid)
{
	return grid__parse(body, sz,
			   &(struct grid_source){.array = "hazards",
						 .set = &columns__hazard,
						 .columns = "COUNT,HAZARD,TIME,WHAT",
						 .is_wanted = is_of_process,
						 .arg = &pid},
			   ret_grid);
}

void grid__trim(struct grid *g, size_t keep)
{
	size_t excess;

	if (g->cnt <= keep)
		return;
	excess = g->cnt - keep;
	for (size_t i = 0; i < excess; i++)
		free(g->row[i].cells);
	memmove(g->row, g->row + excess, keep * sizeof(*g->row));
	g->cnt = keep;
}

const char *grid__cell(const struct grid_row *row, size_t i, size_t *ret_len)
{
	const char *s = row->cells;

	for (; i && s; i--) {
		s = strchr(s, GRID_SEPARATOR);
		s += s != NULL;
	}
	if (!s)
		s = "";
	*ret_len = strcspn(s, (const char[]){GRID_SEPARATOR, '\0'});
	return s;
}

bool grid__contains(const struct grid_row *row, const char *word)
{
	return filter__contains(row->cells, word);
}
