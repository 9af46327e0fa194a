// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of cells: descriptors, events, incidents, refused calls. */
#include <string.h>

#include "fdtop/view/view.h"

#define LAST_MIN 24 /* columns that the last cell should have */
#define CUT_MAX	 22 /* columns of others that may be cut, until there is more room */

/* Which give way on a narrow terminal, first ones first. */
static const char *const least_wanted[] = {"CLOEXEC", "OFD",	 "INODE", "OFFSET", "REFS", "FLAGS",
					   "SHARED",  "SYSCALL", "STATE", "RULE",   "TIME", "MODE"};

/* Columns of the screen that each column of the grid takes; 0: it is not shown. */
struct widths {
	int w[COLUMN_LIST_MAX];
	int cols; /* of all, with the blanks between them */
};

/* What a row of the screen shows; NULL: nothing. */
static const struct grid_row *row_at(const struct state *s, const struct grid *g, size_t at)
{
	if (at >= g->cnt)
		return NULL;
	return &g->row[g == s->news ? g->cnt - 1 - at : at];
}

static void get_cell(const struct grid_row *r, size_t i, struct text *out)
{
	size_t len;
	const char *cell = grid__cell(r, i, &len);

	text__clear(out);
	text__add_bytes(out, cell, len);
}

/* The widest cell on the screen, the heading included. */
static int natural_width(const struct state *s, const struct grid *g, size_t i, size_t top)
{
	int width = canvas__width(grid__heading(g, i));
	struct text t = {};

	for (int row = 0; row < s->list_rows; row++) {
		const struct grid_row *r = row_at(s, g, top + (size_t)row);
		int w;

		if (!r)
			break;
		get_cell(r, i, &t);
		w = canvas__width(text__str(&t));
		width = w > width ? w : width;
	}
	text__done(&t);
	return width;
}

static int sum_widths(const struct grid *g, const struct widths *ws)
{
	int sum = 0;

	for (size_t i = 0; i + 1 < g->list.cnt; i++)
		sum += ws->w[i] + (ws->w[i] > 0);
	return sum;
}

/* Columns give way by their names until the last one has enough. */
static void choose(const struct grid *g, int cols, struct widths *ws)
{
	for (size_t i = 0; i + 1 < g->list.cnt; i++) {
		bool is_cut = g->list.col[i]->flags & COL_CUT;

		ws->w[i] = is_cut && g->width[i] > CUT_MAX ? CUT_MAX : g->width[i];
	}
	for (size_t k = 0; k < sizeof(least_wanted) / sizeof(least_wanted[0]); k++)
		for (size_t i = 0; i + 1 < g->list.cnt; i++)
			if (sum_widths(g, ws) + LAST_MIN > cols &&
			    !strcmp(g->list.col[i]->name, least_wanted[k]))
				ws->w[i] = 0;
}

/* What is left beyond `last` columns for the last one goes to those that are cut. */
static void widen(const struct grid *g, int cols, int last, const char *only, struct widths *ws)
{
	for (size_t i = 0; i + 1 < g->list.cnt; i++) {
		int spare = cols - sum_widths(g, ws) - last, more = g->width[i] - ws->w[i];

		if (!ws->w[i] || (only && strcmp(g->list.col[i]->name, only) != 0))
			continue;
		more = more < spare ? more : spare;
		ws->w[i] += more > 0 ? more : 0;
	}
}

/* On the screen, or without an end at the right. */
static void find_widths(const struct state *s, const struct grid *g, int cols,
			const struct place *p, struct widths *ws)
{
	size_t last = g->list.cnt - 1;
	int natural = natural_width(s, g, last, p->top);

	memset(ws, 0, sizeof(*ws));
	choose(g, cols, ws);
	/* What a socket is connected to says more than its name does. */
	widen(g, cols, LAST_MIN, "SUMMARY", ws);
	widen(g, cols, natural > LAST_MIN ? natural : LAST_MIN, NULL, ws);
	ws->w[last] = cols - sum_widths(g, ws);
	if (p->left) {
		for (size_t i = 0; i <= last; i++)
			if (ws->w[i] > 0 || i == last)
				ws->w[i] = natural_width(s, g, i, p->top);
	}
	if (ws->w[last] < 0)
		ws->w[last] = 0;
	ws->cols = sum_widths(g, ws) + ws->w[last];
}

static void put(const struct grid *g, struct canvas *c, int row, int col, int width, size_t i,
		enum style style, const char *text)
{
	if (column__is_right(g->list.col[i]) && i + 1 < g->list.cnt)
		canvas__put_right(c, row, col, width, style, text);
	else
		canvas__put(c, row, col, width, style, text);
}

static void draw_headings(const struct grid *g, struct canvas *c, int row, const struct widths *ws)
{
	int col = 0;

	canvas__paint(c, row, 0, -1, STYLE_HEADING);
	for (size_t i = 0; i < g->list.cnt; i++) {
		if (!ws->w[i])
			continue;
		put(g, c, row, col, ws->w[i], i, STYLE_HEADING, grid__heading(g, i));
		col += ws->w[i] + 1;
	}
}

static void draw_row(const struct grid *g, struct canvas *c, int row, const struct grid_row *r,
		     const struct widths *ws)
{
	enum style style = r->level ? view__level_style(r->level) : STYLE_PLAIN;
	struct text t = {};
	int col = 0;

	for (size_t i = 0; i < g->list.cnt; i++) {
		if (!ws->w[i])
			continue;
		get_cell(r, i, &t);
		put(g, c, row, col, ws->w[i], i, style, text__str(&t));
		col += ws->w[i] + 1;
	}
	text__done(&t);
}

static void draw_all(const struct state *s, struct canvas *c, const struct grid *g, int top,
		     const struct place *p, const struct widths *ws)
{
	draw_headings(g, c, top, ws);
	for (int i = 0; i < s->list_rows; i++) {
		const struct grid_row *r = row_at(s, g, p->top + (size_t)i);

		if (!r)
			break;
		draw_row(g, c, top + 1 + i, r, ws);
		if (p->top + (size_t)i == p->at)
			canvas__paint(c, top + 1 + i, 0, -1, STYLE_CURSOR);
	}
}

void view__draw_grid(struct state *s, struct canvas *c, const struct grid *g, int top, int rows)
{
	struct place *p = state__place(s);
	struct widths ws;
	struct canvas wide;

	s->list_rows = rows > 1 ? rows - 1 : 1;
	s->list_top = top + 1;
	place__clamp(p, g->cnt, s->list_rows);
	find_widths(s, g, c->cols, p, &ws);
	if (p->left && view__begin_wide(p, c, s->list_rows + 1, ws.cols, &wide)) {
		draw_all(s, &wide, g, 0, p, &ws);
		view__end_wide(p, c, top, &wide, ws.w[0] + (ws.w[0] > 0));
		return;
	}
	find_widths(s, g, c->cols, p, &ws);
	draw_all(s, c, g, top, p, &ws);
}
