/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A screen in memory: cells of characters with a style.  Views draw on it and know no terminal;
 * what is on it is put on one, or printed as plain text.
 */
#ifndef FDSCOPE_FDTOP_CANVAS_H
#define FDSCOPE_FDTOP_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

#include "text.h"

/* What a text means; the screen has the colours. */
enum style {
	STYLE_PLAIN,
	STYLE_DIM,
	STYLE_BOLD,
	STYLE_TITLE,
	STYLE_LABEL,
	STYLE_HEADING,
	STYLE_SORTED, /* the heading that the list is sorted by */
	STYLE_CURSOR,
	STYLE_FOLLOWED, /* a cursor that stays with its process */
	STYLE_GOOD,	/* of levels: far from the limit, */
	STYLE_WARN,	/* near, */
	STYLE_CRITICAL, /* at it */
	STYLE_KEY,	/* name of a key in the last line */
	STYLE_ALARM,	/* the daemon is gone */
	STYLE_MATCH,	/* what was searched for */
	STYLE_CNT
};

#define CANVAS_MARKS	3 /* characters in a cell: one, and marks that combine with it */
#define CANVAS_COLS_MAX 1000
#define CANVAS_ROWS_MAX 100000

struct canvas_cell {
	wchar_t ch[CANVAS_MARKS]; /* ch[0] 0: right half of the wide character before it */
	uint8_t style;
};

struct canvas {
	int rows, cols;
	bool ascii; /* the terminal shows no others */
	struct canvas_cell *cell;
};

/* Blank; more than CANVAS_*_MAX is cut.  -ENOMEM. */
int canvas__init(struct canvas *c, int rows, int cols, bool ascii);
void canvas__done(struct canvas *c);
void canvas__clear(struct canvas *c);

/*
 * Puts text, cut to `width` columns with an ellipsis; negative: to the end of the row.  Outside of
 * the canvas nothing happens.  The columns that were used.
 */
int canvas__put(struct canvas *c, int row, int col, int width, enum style style, const char *s);
/* The same, at the right end of the width. */
int canvas__put_right(struct canvas *c, int row, int col, int width, enum style style,
		      const char *s);
int canvas__putf(struct canvas *c, int row, int col, int width, enum style style, const char *fmt,
		 ...) __attribute__((format(printf, 6, 7)));
/* Another style for what is there. */
void canvas__paint(struct canvas *c, int row, int col, int width, enum style style);
/* Rows of another canvas, of the same width or wider. */
void canvas__copy(struct canvas *c, int row, int rows, const struct canvas *from, int from_row);

/* A row as text, without the blanks at its end. */
void canvas__add_row(const struct canvas *c, int row, struct text *out);

/* Columns that a text takes. */
int canvas__width(const char *s);

#endif
