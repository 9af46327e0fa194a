// SPDX-License-Identifier: GPL-2.0-or-later
/* The terminal; see screen.h. */
#define NCURSES_WIDECHAR 1
#include "fdtop/screen/screen.h"

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct screen {
	SCREEN *term;
	struct canvas shown; /* what is on the terminal */
	bool all;	     /* nothing of it is to be believed */
	bool colours;
	bool mouse;
	bool gone;
};

/* Blue, orange and reddish purple are told apart by all; brightness and marks go with them. */
struct look {
	short colour256, colour8; /* -1: the terminal's own */
	short back256, back8;
	attr_t attr;	  /* with colours */
	attr_t attr_mono; /* without */
};

static const struct look looks[STYLE_CNT] = {
	[STYLE_PLAIN] = {-1, -1, -1, -1, A_NORMAL, A_NORMAL},
	[STYLE_DIM] = {245, -1, -1, -1, A_NORMAL, A_DIM},
	[STYLE_BOLD] = {-1, -1, -1, -1, A_BOLD, A_BOLD},
	[STYLE_TITLE] = {75, COLOR_CYAN, -1, -1, A_BOLD, A_BOLD},
	[STYLE_LABEL] = {75, COLOR_CYAN, -1, -1, A_NORMAL, A_NORMAL},
	[STYLE_HEADING] = {16, COLOR_BLACK, 74, COLOR_CYAN, A_NORMAL, A_UNDERLINE},
	[STYLE_SORTED] = {16, COLOR_BLACK, 215, COLOR_YELLOW, A_NORMAL, A_UNDERLINE | A_BOLD},
	[STYLE_CURSOR] = {16, COLOR_BLACK, 153, COLOR_WHITE, A_NORMAL, A_REVERSE},
	[STYLE_FOLLOWED] = {16, COLOR_BLACK, 229, COLOR_YELLOW, A_NORMAL, A_REVERSE | A_BOLD},
	[STYLE_GOOD] = {74, COLOR_CYAN, -1, -1, A_NORMAL, A_NORMAL},
	[STYLE_WARN] = {214, COLOR_YELLOW, -1, -1, A_BOLD, A_BOLD},
	[STYLE_CRITICAL] = {213, COLOR_MAGENTA, -1, -1, A_BOLD, A_BOLD | A_UNDERLINE},
	[STYLE_KEY] = {-1, -1, -1, -1, A_BOLD, A_BOLD},
	[STYLE_ALARM] = {16, COLOR_BLACK, 214, COLOR_YELLOW, A_BOLD, A_REVERSE | A_BOLD},
	[STYLE_MATCH] = {16, COLOR_BLACK, 229, COLOR_YELLOW, A_NORMAL, A_UNDERLINE},
};

static bool wants_colours(const struct screen_wish *wish)
{
	const char *no_color = getenv("NO_COLOR");

	return !wish->no_colour && !(no_color && *no_color) && has_colors();
}

static void start_colours(void)
{
	bool many;

	start_color();
	use_default_colors();
	many = COLORS >= 256;
	for (short i = 0; i < STYLE_CNT; i++) {
		const struct look *l = &looks[i];

		init_pair((short)(i + 1), many ? l->colour256 : l->colour8,
			  many ? l->back256 : l->back8);
	}
}

void screen__set_mouse(struct screen *s, bool on)
{
	mousemask(on ? BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON1_DOUBLE_CLICKED |
				  BUTTON4_PRESSED | BUTTON5_PRESSED
		     : 0,
		  NULL);
	s->mouse = on;
}

int screen__new(const struct screen_wish *wish, struct screen **ret_screen)
{
	struct screen *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->term = newterm(NULL, stdout, stdin);
	if (!s->term) {
		free(s);
		return -ENOTTY;
	}
	set_term(s->term);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	s->colours = wants_colours(wish);
	if (s->colours)
		start_colours();
	mouseinterval(0);
	if (wish->mouse)
		screen__set_mouse(s, true);
	s->all = true;
	*ret_screen = s;
	return 0;
}

void screen__free(struct screen *s)
{
	if (!s)
		return;
	if (s->mouse)
		screen__set_mouse(s, false);
	endwin();
	delscreen(s->term);
	canvas__done(&s->shown);
	free(s);
}

void screen__size(struct screen *s, int *ret_rows, int *ret_cols)
{
	struct winsize ws;

	/* A change that no signal told of is seen here. */
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col &&
	    (ws.ws_row != LINES || ws.ws_col != COLS)) {
		resizeterm(ws.ws_row, ws.ws_col);
		s->all = true;
	}
	*ret_rows = LINES;
	*ret_cols = COLS;
}

void screen__repaint(struct screen *s)
{
	s->all = true;
	clearok(stdscr, TRUE);
}

static void put_cell(const struct screen *s, int row, int col, const struct canvas_cell *cell)
{
	const struct look *l = &looks[cell->style < STYLE_CNT ? cell->style : STYLE_PLAIN];
	wchar_t ch[CANVAS_MARKS + 1] = {};
	cchar_t cc;

	memcpy(ch, cell->ch, sizeof(cell->ch));
	setcchar(&cc, ch, s->colours ? l->attr : l->attr_mono,
		 s->colours ? (short)(cell->style + 1) : 0, NULL);
	mvadd_wch(row, col, &cc);
}

/* Whether a row is on the terminal already. */
static bool is_shown(const struct screen *s, const struct canvas *c, int row)
{
	size_t sz = c->cols * sizeof(*c->cell);

	return !s->all && !memcmp((const char *)c->cell + row * sz,
				  (const char *)s->shown.cell + row * sz, sz);
}

static void show_row(const struct screen *s, const struct canvas *c, int row)
{
	/* What is left of a wide character that is no more would stay. */
	wmove(stdscr, row, 0);
	wclrtoeol(stdscr);
	for (int col = 0; col < c->cols; col++) {
		const struct canvas_cell *cell = &c->cell[(size_t)row * c->cols + col];

		if (cell->ch[0])
			put_cell(s, row, col, cell);
	}
}

void screen__show(struct screen *s, const struct canvas *c)
{
	if (s->shown.rows != c->rows || s->shown.cols != c->cols) {
		canvas__done(&s->shown);
		s->all = true;
		if (canvas__init(&s->shown, c->rows, c->cols, c->ascii))
			return;
		werase(stdscr);
	}
	for (int row = 0; row < c->rows && row < LINES; row++)
		if (!is_shown(s, c, row))
			show_row(s, c, row);
	memcpy(s->shown.cell, c->cell, (size_t)c->rows * c->cols * sizeof(*c->cell));
	s->all = false;
	wrefresh(stdscr);
}

static struct key mouse_key(void)
{
	struct key key = {.code = KEYS_OTHER};
	MEVENT event;

	if (getmouse(&event) != OK)
		return key;
	key.row = event.y;
	key.col = event.x;
	if (event.bstate & BUTTON1_DOUBLE_CLICKED)
		key.code = KEYS_DOUBLE_CLICK;
	else if (event.bstate & (BUTTON1_CLICKED | BUTTON1_PRESSED))
		key.code = KEYS_CLICK;
	else if (event.bstate & BUTTON4_PRESSED)
		key.code = KEYS_WHEEL_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		key.code = KEYS_WHEEL_DOWN;
	return key;
}

static int32_t special(wint_t ch)
{
	static const struct {
		wint_t ncurses;
		int32_t code;
	} map[] = {
		{KEY_UP, KEYS_UP},	 {KEY_DOWN, KEYS_DOWN},	    {KEY_LEFT, KEYS_LEFT},
		{KEY_RIGHT, KEYS_RIGHT}, {KEY_PPAGE, KEYS_PAGE_UP}, {KEY_NPAGE, KEYS_PAGE_DOWN},
		{KEY_HOME, KEYS_HOME},	 {KEY_END, KEYS_END},	    {KEY_BTAB, KEYS_BACK_TAB},
		{KEY_ENTER, KEYS_ENTER}, {KEY_RESIZE, KEYS_RESIZE}, {KEY_BACKSPACE, KEYS_BACKSPACE},
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (map[i].ncurses == ch)
			return map[i].code;
	if (ch >= (wint_t)KEY_F(1) && ch <= (wint_t)KEY_F(10))
		return KEYS_F1 + (int32_t)(ch - KEY_F(1));
	return KEYS_OTHER;
}

struct key screen__read(struct screen *s)
{
	struct key key = {};
	wint_t ch;
	int r = wget_wch(stdscr, &ch);

	if (r == ERR)
		return key;
	if (r == KEY_CODE_YES && ch == KEY_MOUSE)
		return mouse_key();
	if (r == KEY_CODE_YES) {
		key.code = special(ch);
		if (key.code == KEYS_RESIZE)
			s->all = true;
		return key;
	}
	key.code = ch == 127 ? KEYS_BACKSPACE : (int32_t)ch;
	return key;
}
