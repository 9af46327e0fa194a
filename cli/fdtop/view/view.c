// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole screen: header, one of the views, the last line, menus above all. */
#include "fdtop/view/view.h"

#include <stdlib.h>
#include <string.h>

#include "fdtop/keys.h"
#include "fdtop/menu.h"

enum style view__level_style(int level)
{
	return level >= 95   ? STYLE_CRITICAL
	       : level >= 80 ? STYLE_WARN
	       : level < 0   ? STYLE_PLAIN
			     : STYLE_GOOD;
}

/* Bytes of a text that fit in a row: up to a blank, if there is one. */
static size_t fit(const char *s, int width, struct text *buf)
{
	size_t end = 0, blank = 0;

	while (s[end]) {
		size_t next = end + 1;

		while ((s[next] & 0xc0) == 0x80)
			next++;
		text__clear(buf);
		text__add_bytes(buf, s, next);
		if (canvas__width(text__str(buf)) > width)
			return blank ? blank : end ? end : next;
		if (s[end] == ' ')
			blank = end;
		end = next;
	}
	return end;
}

void view__draw_nothing(struct canvas *c, int top, int rows, const char *why)
{
	int row = rows > 3 ? rows / 3 : 0;
	struct text t = {};

	while (*why && row < rows) {
		size_t len = fit(why, c->cols, &t);

		text__clear(&t);
		text__add_bytes(&t, why, len);
		canvas__put(c, top + row++, (c->cols - canvas__width(text__str(&t))) / 2, -1,
			    STYLE_DIM, text__str(&t));
		why += len;
		why += strspn(why, " ");
	}
	text__done(&t);
}

/* "F1Help F3Search": as many as there is room for. */
static void draw_hints(const struct state *s, struct canvas *c, int row)
{
	int col = 0;

	canvas__paint(c, row, 0, -1, STYLE_HEADING);
	for (size_t i = 0; i < keys__binding_cnt; i++) {
		const struct binding *b = &keys__bindings[i];
		int key = (int)strcspn(b->keys, " ");

		if (!b->hint || !(b->views & 1u << s->view) ||
		    col + key + canvas__width(b->hint) + 1 > c->cols)
			continue;
		canvas__putf(c, row, col, -1, STYLE_KEY, "%.*s", key, b->keys);
		canvas__putf(c, row, col + key, -1, STYLE_HEADING, "%s ", b->hint);
		col += key + canvas__width(b->hint) + 1;
	}
}

static void draw_last_line(struct state *s, struct canvas *c, int row)
{
	if (s->input) {
		const char *what = s->input == INPUT_FILTER ? "Filter: " : "Search: ";
		const char *typed = state__input_text(s);
		int col = canvas__put(c, row, 0, -1, STYLE_KEY, what);

		/* Of a long one the end is of interest. */
		while (canvas__width(typed) > c->cols - col - 1 && *typed)
			typed++;
		col += canvas__put(c, row, col, -1, STYLE_BOLD, typed);
		canvas__put(c, row, col, -1, STYLE_CURSOR, " ");
		canvas__put(c, row, col + 3, -1, STYLE_DIM, "Enter keeps it, Esc gives it up");
	} else if (*s->note) {
		canvas__put(c, row, 0, -1, STYLE_BOLD, s->note);
	} else {
		draw_hints(s, c, row);
	}
}

static void draw_menu(const struct state *s, struct canvas *c, int top, int rows)
{
	size_t cnt = menu__count(s->menu), first = 0;
	int height = (int)cnt + 1 < rows ? (int)cnt + 1 : rows;
	int width = 34 < c->cols ? 34 : c->cols;

	if (height > 1 && s->menu_at >= (size_t)height - 1)
		first = s->menu_at - (size_t)height + 2;
	for (int i = 0; i < height; i++) {
		size_t item = first + (size_t)i - 1;
		enum style style = !i			? STYLE_SORTED
				   : item == s->menu_at ? STYLE_CURSOR
							: STYLE_HEADING;

		canvas__putf(c, top + i, 0, width, style, " %-*s", width - 1,
			     i ? menu__item(s->menu, item) : menu__title(s->menu));
	}
}

static void draw_body(struct state *s, struct canvas *c, int top, int rows)
{
	const struct grid *g = state__grid(s);

	if (s->view == VIEW_MAIN)
		view__draw_list(s, c, top, rows);
	else if (s->view == VIEW_DETAIL)
		view__draw_detail(s, c, top, rows);
	else if (s->view == VIEW_CASE && s->one_case)
		view__draw_doc(s, c, s->one_case, top, rows);
	else if (s->view == VIEW_HELP && s->help)
		view__draw_doc(s, c, s->help, top, rows);
	else if (g)
		view__draw_grid(s, c, g, top, rows);
	if (s->view == VIEW_EVENTS && g && !g->cnt)
		view__draw_nothing(c, top + 1, rows - 1,
				   s->streaming ? "Nothing has happened yet." : "No events come.");
	if (s->view == VIEW_INCIDENTS && (!g || !g->cnt))
		view__draw_nothing(c, top + 1, rows - 1,
				   g ? "No alert has been told." : "Asking the daemon ...");
}

void view__draw(struct state *s, struct canvas *c)
{
	int header = view__header_rows(s, c->rows), footer = c->rows >= 6;
	int rows = c->rows - header - footer;

	canvas__clear(c);
	view__draw_header(s, c, header);
	draw_body(s, c, header, rows);
	if (s->menu)
		draw_menu(s, c, header, rows);
	if (footer || s->input)
		draw_last_line(s, c, c->rows - 1);
}
