/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal: the only room that knows ncurses.  Canvases go out, keys come in.
 */
#ifndef FDSCOPE_FDTOP_SCREEN_H
#define FDSCOPE_FDTOP_SCREEN_H

#include <stdbool.h>

#include "fdtop/keys.h"
#include "fdtop/view/canvas.h"

struct screen;

struct screen_wish {
	bool mouse;
	bool no_colour;
};

/* Takes the terminal over.  -ENOTTY: it is none that can be drawn on. */
int screen__new(const struct screen_wish *wish, struct screen **ret_screen);
/* Gives it back as it was.  Accepts NULL. */
void screen__free(struct screen *s);

void screen__size(struct screen *s, int *ret_rows, int *ret_cols);
/* Sends what differs from what is there. */
void screen__show(struct screen *s, const struct canvas *c);
/* All of it anew, whatever is there. */
void screen__repaint(struct screen *s);
void screen__set_mouse(struct screen *s, bool on);
/* The next key, .code KEYS_NONE: none now. */
struct key screen__read(struct screen *s);

#endif
