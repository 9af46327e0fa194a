// SPDX-License-Identifier: GPL-2.0-or-later
/* A screen in memory; see canvas.h. */
#include "fdtop/view/canvas.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS L'\u2026'

/* What views draw with, for terminals that show ASCII alone. */
static wchar_t to_ascii(wchar_t ch)
{
	static const wchar_t from[] = L"\u2026\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
				      L"\u258f\u258e\u258d\u258c\u258b\u258a\u2589\u2502\u251c"
				      L"\u2514\u2500\u25b2\u25bc\u25b8\u25be\u00b7\u2192\u2191"
				      L"\u2193\u2190";
	static const char to[] = "~__..::|#"
				 " ::::||||"
				 "`-^v+-.>^"
				 "v<";
	const wchar_t *at = ch < 0x7f ? NULL : wcschr(from, ch);

	if (ch < 0x7f)
		return ch;
	return at ? (wchar_t)to[at - from] : L'?';
}

int canvas__init(struct canvas *c, int rows, int cols, bool ascii)
{
	rows = rows < 1 ? 1 : rows > CANVAS_ROWS_MAX ? CANVAS_ROWS_MAX : rows;
	cols = cols < 1 ? 1 : cols > CANVAS_COLS_MAX ? CANVAS_COLS_MAX : cols;
	*c = (struct canvas){.rows = rows, .cols = cols, .ascii = ascii};
	c->cell = malloc((size_t)rows * cols * sizeof(*c->cell));
	if (!c->cell) {
		*c = (struct canvas){};
		return -ENOMEM;
	}
	canvas__clear(c);
	return 0;
}

void canvas__done(struct canvas *c)
{
	free(c->cell);
	*c = (struct canvas){};
}

void canvas__clear(struct canvas *c)
{
	/* With its padding: rows are compared byte by byte. */
	memset(c->cell, 0, (size_t)c->rows * c->cols * sizeof(*c->cell));
	for (size_t i = 0; i < (size_t)c->rows * c->cols; i++)
		c->cell[i].ch[0] = L' ';
}

static struct canvas_cell *cell_at(const struct canvas *c, int row, int col)
{
	return &c->cell[(size_t)row * c->cols + col];
}

/* The next character of UTF-8 text and how many columns it takes; 0 bytes: the end. */
static size_t next_char(const char *s, wchar_t *ret_ch, int *ret_width)
{
	mbstate_t state = {};
	size_t len = mbrtowc(ret_ch, s, strlen(s), &state);

	if (!*s)
		return 0;
	if (len == (size_t)-1 || len == (size_t)-2 || !len) {
		*ret_ch = L'?';
		*ret_width = 1;
		return 1;
	}
	*ret_width = wcwidth(*ret_ch);
	/* Not printable here: nothing that could move the cursor gets through. */
	if (*ret_width < 0) {
		*ret_ch = L'?';
		*ret_width = 1;
	}
	return len;
}

int canvas__width(const char *s)
{
	int width = 0, w;
	wchar_t ch;
	size_t len;

	for (; (len = next_char(s, &ch, &w)); s += len)
		width += w;
	return width;
}

static void set_cell(const struct canvas *c, int row, int col, wchar_t ch, int width,
		     enum style style)
{
	struct canvas_cell *cell = cell_at(c, row, col);

	memset(cell->ch, 0, sizeof(cell->ch));
	cell->ch[0] = c->ascii ? to_ascii(ch) : ch;
	cell->style = style;
	if (width != 2)
		return;
	memset(cell[1].ch, 0, sizeof(cell[1].ch));
	if (c->ascii)
		cell[1].ch[0] = L' ';
	cell[1].style = style;
}

/* A mark on top of the character before it; more than fit are left away. */
static void combine(const struct canvas *c, int row, int col, wchar_t ch)
{
	struct canvas_cell *cell = cell_at(c, row, col);

	if (c->ascii)
		return;
	if (!cell->ch[0] && col > 0)
		cell--;
	for (int i = 1; i < CANVAS_MARKS; i++) {
		if (!cell->ch[i]) {
			cell->ch[i] = ch;
			return;
		}
	}
}

int canvas__put(struct canvas *c, int row, int col, int width, enum style style, const char *s)
{
	int room, used = 0, w;
	bool cut;
	wchar_t ch;
	size_t len;

	if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
		return 0;
	room = c->cols - col;
	if (width >= 0 && width < room)
		room = width;
	if (room <= 0)
		return 0;
	cut = canvas__width(s) > room;
	for (; (len = next_char(s, &ch, &w)); s += len) {
		if (!w) {
			if (used)
				combine(c, row, col + used - 1, ch);
			continue;
		}
		if (used + w > room - cut)
			break;
		set_cell(c, row, col + used, ch, w, style);
		used += w;
	}
	if (cut)
		set_cell(c, row, col + used++, ELLIPSIS, 1, style);
	return used;
}

int canvas__put_right(struct canvas *c, int row, int col, int width, enum style style,
		      const char *s)
{
	int need = canvas__width(s);

	return need >= width ? canvas__put(c, row, col, width, style, s)
			     : canvas__put(c, row, col + width - need, need, style, s);
}

int canvas__putf(struct canvas *c, int row, int col, int width, enum style style, const char *fmt,
		 ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return canvas__put(c, row, col, width, style, buf);
}

void canvas__paint(struct canvas *c, int row, int col, int width, enum style style)
{
	if (row < 0 || row >= c->rows || col < 0)
		return;
	if (width < 0 || width > c->cols - col)
		width = c->cols - col;
	for (int i = 0; i < width; i++)
		cell_at(c, row, col + i)->style = style;
}

void canvas__copy(struct canvas *c, int row, int rows, const struct canvas *from, int from_row)
{
	int cols = c->cols < from->cols ? c->cols : from->cols;

	for (int i = 0; i < rows; i++) {
		if (row + i < 0 || row + i >= c->rows || from_row + i >= from->rows)
			continue;
		memcpy(cell_at(c, row + i, 0), cell_at(from, from_row + i, 0),
		       cols * sizeof(*c->cell));
	}
}

void canvas__add_row(const struct canvas *c, int row, struct text *out)
{
	int end = c->cols;

	while (end > 0 && cell_at(c, row, end - 1)->ch[0] == L' ')
		end--;
	for (int col = 0; col < end; col++) {
		const struct canvas_cell *cell = cell_at(c, row, col);

		for (int i = 0; i < CANVAS_MARKS && cell->ch[i]; i++) {
			char buf[MB_LEN_MAX];
			mbstate_t state = {};
			size_t len = wcrtomb(buf, cell->ch[i], &state);

			if (len != (size_t)-1)
				text__add_bytes(out, buf, len);
		}
	}
}
