// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of cells: descriptors, events, incidents, refused calls. */
#include <string.h>

#include "fdtop/view/view.h"

#define LAST_MIN 24 /* columns that the last cell should have */
#define CUT_MAX	 22 /* columns of others that may be cut */

/* Which give way on a narrow terminal, first ones first. */
static const char *const least_wanted[] = {"CLOEXEC", "OFD",	 "INODE", "OFFSET", "REFS", "FLAGS",
					   "SHARED",  "SYSCALL", "STATE", "RULE",   "TIME", "MODE"};

static int cell_width(const struct grid *g, size_t i)
{
	const struct column *col = g->list.col[i];
	int width = g->width[i];

	return (col->flags & COL_CUT) && width > CUT_MAX ? CUT_MAX : width;
}

/* The columns before the last one take this much. */
static int sum_widths(const struct grid *g, const bool *hidden)
{
	int sum = 0;

	for (size_t i = 0; i + 1 < g->list.cnt; i++)
		if (!hidden[i])
			sum += cell_width(g, i) + 1;
	return sum;
}

static void hide_columns(const struct grid *g, int cols, bool *hidden)
{
	memset(hidden, 0, COLUMN_LIST_MAX * sizeof(*hidden));
	for (size_t k = 0; k < sizeof(least_wanted) / sizeof(least_wanted[0]); k++)
		for (size_t i = 0; i + 1 < g->list.cnt; i++)
			if (sum_widths(g, hidden) + LAST_MIN > cols &&
			    !strcmp(g->list.col[i]->name, least_wanted[k]))
				hidden[i] = true;
}

static void draw_headings(const struct grid *g, struct canvas *c, int row, const bool *hidden)
{
	int col = 0;

	canvas__paint(c, row, 0, -1, STYLE_HEADING);
	for (size_t i = 0; i < g->list.cnt; i++) {
		int width = i + 1 == g->list.cnt ? c->cols - col : cell_width(g, i);

		if (hidden[i])
			continue;
		if (column__is_right(g->list.col[i]) && i + 1 < g->list.cnt)
			canvas__put_right(c, row, col, width, STYLE_HEADING, g->list.col[i]->name);
		else
			canvas__put(c, row, col, width, STYLE_HEADING, g->list.col[i]->name);
		col += width + 1;
	}
}

static void draw_row(const struct grid *g, struct canvas *c, int row, const struct grid_row *r,
		     const bool *hidden)
{
	enum style style = r->level ? view__level_style(r->level) : STYLE_PLAIN;
	int col = 0;

	for (size_t i = 0; i < g->list.cnt; i++) {
		int width = i + 1 == g->list.cnt ? c->cols - col : cell_width(g, i);
		struct text t = {};
		const char *cell;
		size_t len;

		if (hidden[i])
			continue;
		cell = grid__cell(r, i, &len);
		text__add_bytes(&t, cell, len);
		if (column__is_right(g->list.col[i]) && i + 1 < g->list.cnt)
			canvas__put_right(c, row, col, width, style, text__str(&t));
		else
			canvas__put(c, row, col, width, style, text__str(&t));
		text__done(&t);
		col += width + 1;
	}
}

void view__draw_grid(struct state *s, struct canvas *c, const struct grid *g, int top, int rows)
{
	struct place *p = state__place(s);
	bool newest_first = g == s->news;
	bool hidden[COLUMN_LIST_MAX];

	s->list_rows = rows > 1 ? rows - 1 : 1;
	s->list_top = top + 1;
	place__clamp(p, g->cnt, s->list_rows);
	hide_columns(g, c->cols, hidden);
	draw_headings(g, c, top, hidden);
	for (int i = 0; i < s->list_rows && p->top + (size_t)i < g->cnt; i++) {
		size_t at = p->top + (size_t)i;

		draw_row(g, c, top + 1 + i, &g->row[newest_first ? g->cnt - 1 - at : at], hidden);
		if (at == p->at)
			canvas__paint(c, top + 1 + i, 0, -1, STYLE_CURSOR);
	}
}
