// SPDX-License-Identifier: GPL-2.0-or-later
/* A plot as wide as the terminal; see curve.h. */
#include "fdscope/curve.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MIN 40
#define WIDTH_MAX 120 /* wider says no more */
#define HEIGHT	  14

static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	long width = columns ? atol(columns) : 0;

	if (width <= 0 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws))
		width = ws.ws_col;
	if (width <= 0)
		width = 80;
	return width > WIDTH_MAX ? WIDTH_MAX : width < WIDTH_MIN ? WIDTH_MIN : width;
}

/* Braille dots need a terminal that has them. */
static bool can_braille(void)
{
	const char *term = getenv("TERM");

	return setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8") &&
	       !(term && (!strcmp(term, "linux") || !strcmp(term, "dumb")));
}

int curve__add(struct plot *plot, struct text *out)
{
	plot->width = terminal_width();
	plot->height = HEIGHT;
	plot->ascii = !can_braille();
	if (plot->to_s <= plot->from_s)
		plot->to_s = plot->from_s + 1;
	return plot__draw(plot, out);
}
