// SPDX-License-Identifier: GPL-2.0-or-later
/* The list as plain text, for scripts and reports: the same views, printed. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "complain.h"
#include "fdtop/live.h"
#include "fdtop/refresh.h"
#include "fdtop/rights.h"
#include "fdtop/view/view.h"
#include "human.h"
#include "program.h"

#define HEADER_ROWS    4
#define COLS_DEFAULT   160 /* where nothing tells the width */
#define KINDS_MAX      60
#define SILENCE_MAX_NS 10000000000ll /* without an answer, before it is given up */

static int find_cols(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long cols;
	struct winsize ws;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		return ws.ws_col;
	if (columns && !human__parse_count(columns, CANVAS_COLS_MAX, &cols) && cols >= 20)
		return (int)cols;
	return COLS_DEFAULT;
}

/* Until all that has been asked is answered.  EXIT_UNREACHABLE: it is not going to be. */
static int settle(struct refresh *r, struct state *s)
{
	int64_t answered_ns = refresh__now_ns();

	while (refresh__is_waiting(r) && !s->down) {
		struct pollfd pfd = {.fd = asker__fd(r->asker), .events = POLLIN};
		int64_t now = refresh__now_ns();

		if (refresh__take(r, s))
			answered_ns = now;
		else if (now - answered_ns >= SILENCE_MAX_NS)
			return complain(EXIT_UNREACHABLE,
					"the daemon has not answered for %lld seconds",
					SILENCE_MAX_NS / 1000000000);
		else
			poll(&pfd, 1, 200);
	}
	return s->down ? complain(EXIT_UNREACHABLE, "%s", s->why) : EXIT_FINE;
}

static int print_screen(struct state *s, int cols, size_t rows, bool ascii)
{
	_cleanup_text_ struct text line = {};
	struct timespec ts;
	struct canvas c;
	/* Headings, and the last line, which is for keys and not printed. */
	int height =
		HEADER_ROWS + 1 + (rows < CANVAS_ROWS_MAX / 2 ? (int)rows : CANVAS_ROWS_MAX / 2);

	if (height < 18)
		height = 18; /* of a lower one the header would be shorter */
	if (canvas__init(&c, height + 1, cols, ascii))
		return complain(EXIT_NO, "%s", strerror(ENOMEM));
	clock_gettime(CLOCK_BOOTTIME, &ts);
	s->now_ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	view__draw(s, &c);
	for (int row = 0; row < HEADER_ROWS + 1 + (int)rows && row < height; row++) {
		text__clear(&line);
		canvas__add_row(&c, row, &line);
		puts(text__str(&line));
	}
	canvas__done(&c);
	if (fflush(stdout))
		complain__output_failed();
	return EXIT_FINE;
}

static int print_one(struct refresh *r, struct state *s, const struct options *o, int cols,
		     bool ascii)
{
	int64_t next;
	size_t rows;
	int err;

	refresh__hurry(r);
	refresh__ask(r, s, &next);
	err = settle(r, s);
	if (err)
		return err;
	rows = o->rows && o->rows < s->layout.cnt ? o->rows : s->layout.cnt;
	/* Kinds are told of what is shown: now it is known what that is. */
	s->list_rows = (int)(rows < KINDS_MAX ? rows : KINDS_MAX);
	s->field_col[FIELD_KINDS] = cols >= 120 ? 0 : -1;
	refresh__ask(r, s, &next);
	err = settle(r, s);
	return err ? err : print_screen(s, cols, rows, ascii);
}

static void pause_for(unsigned ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

int batch__run(const struct options *o, const struct settings *settings)
{
	bool ascii = !program__use_utf8() || o->ascii;
	struct refresh r;
	struct state s;
	int status = EXIT_FINE, err;

	state__init(&s);
	s.settings = *settings;
	s.limited = !rights__see_all();
	s.failing = o->failing;
	s.whole = !o->rows;
	s.list_rows = o->rows ? (int)o->rows : 1;
	if (o->filter)
		snprintf(s.filter, sizeof(s.filter), "%s", o->filter);
	err = refresh__init(&r, o->socket);
	if (err)
		return complain(EXIT_NO, "%s", strerror(-err));
	r.kinds_max = KINDS_MAX;
	r.with_events = false;
	for (unsigned long i = 0; i < o->batch && status == EXIT_FINE && !ferror(stdout); i++) {
		if (i) {
			puts("");
			pause_for(s.settings.interval_ms);
		}
		status = print_one(&r, &s, o, find_cols(), ascii);
	}
	refresh__done(&r);
	state__done(&s);
	return status;
}
