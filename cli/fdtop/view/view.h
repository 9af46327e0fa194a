/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws the state on a canvas, whatever its size. */
#ifndef FDSCOPE_FDTOP_VIEW_H
#define FDSCOPE_FDTOP_VIEW_H

#include "fdtop/state.h"
#include "fdtop/view/canvas.h"

/* The whole screen.  Tells the state what it must know of the geometry. */
void view__draw(struct state *s, struct canvas *c);

/* Rows that the header takes on a screen of `rows`. */
int view__header_rows(const struct state *s, int rows);
void view__draw_header(const struct state *s, struct canvas *c, int rows);

/* Rooms of the screen, from row `top` on, `rows` of them; headings are among them. */
void view__draw_list(struct state *s, struct canvas *c, int top, int rows);
void view__draw_grid(struct state *s, struct canvas *c, const struct grid *g, int top, int rows);
void view__draw_detail(struct state *s, struct canvas *c, int top, int rows);
void view__draw_doc(struct state *s, struct canvas *c, const struct doc *d, int top, int rows);

/* The text behind "?".  NULL: no memory. */
struct doc *view__help(void);

/* A level of 0, 80 or 95 per cent. */
enum style view__level_style(int level);
/* Dimmed words in the middle of a room: why it is empty. */
void view__draw_nothing(struct canvas *c, int top, int rows, const char *why);

#endif
