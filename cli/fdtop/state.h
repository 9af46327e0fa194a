/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that fdtop knows and all that somebody has chosen.  Refresh fills it, keys change it, views
 * draw it; it knows neither a terminal nor a socket.
 */
#ifndef FDSCOPE_FDTOP_STATE_H
#define FDSCOPE_FDTOP_STATE_H

#include "fdtop/model/doc.h"
#include "fdtop/model/events.h"
#include "fdtop/model/filter.h"
#include "fdtop/model/grid.h"
#include "fdtop/model/holdings.h"
#include "fdtop/model/host.h"
#include "fdtop/model/layout.h"
#include "fdtop/model/procs.h"
#include "fdtop/model/settings.h"
#include "fdtop/model/sheet.h"

enum view_id { VIEW_MAIN, VIEW_DETAIL, VIEW_EVENTS, VIEW_INCIDENTS, VIEW_CASE, VIEW_HELP };

enum page_id { PAGE_OVERVIEW, PAGE_FILES, PAGE_SHARED, PAGE_FAILURES, PAGE_CNT };

enum input_id { INPUT_NONE, INPUT_FILTER, INPUT_SEARCH };

enum menu_id { MENU_NONE, MENU_SORT, MENU_GROUP };

/* Where one is in a list. */
struct place {
	size_t at;  /* row with the cursor */
	size_t top; /* first row on the screen */
};

#define TRAIL_MAX 16 /* steps to go back; the oldest are forgotten */

/* A view that was left for another, and what it showed. */
struct step {
	enum view_id view;
	enum page_id page;
	int32_t pid;
	int64_t case_id;
	struct place doc, page_place[PAGE_CNT];
};

#define STATE_SILENCE_NS 3000000000ll /* without an answer, before it is told */

struct state {
	struct settings settings;
	struct host host;
	struct procs procs;
	struct layout layout;

	enum view_id view, view_before; /* before help */
	struct step trail[TRAIL_MAX];	/* where one came from, last */
	size_t trail_cnt;
	struct place main, events, incidents, doc, help_place;
	struct place page_place[PAGE_CNT];
	int64_t wanted_fd;	       /* to go to in its descriptors; negative: none */
	int64_t shared_pid, shared_fd; /* of the descriptor that Enter came from */
	int list_rows;		       /* of the list on the screen, set by drawing */
	int list_top;		       /* row of the screen that it begins at, for the mouse */
	int field_width[FIELD_CNT];    /* columns that fields took so far: they do not shrink */
	int field_col[FIELD_CNT];      /* where they are, -1: nowhere */

	char filter[FILTER_MAX];
	char search[FILTER_MAX];
	enum input_id input;
	char input_before[FILTER_MAX]; /* what Esc brings back, */
	struct place place_before;     /* with the cursor */
	enum page_id page_before;
	bool following_before;
	enum menu_id menu;
	size_t menu_at;
	bool failing;	/* only processes with refused calls */
	bool frozen;	/* no refresh */
	bool limited;	/* the daemon may tell of one's own processes alone */
	bool following; /* the cursor stays with its process */
	bool own_order; /* the daemon cannot put rows in this order: all rows are wanted */
	bool whole;	/* somebody went to the end: all rows are wanted */
	struct proc_id followed;

	int32_t detail_pid;
	int32_t named_pid; /* of the command line, 0: none */
	unsigned opened;   /* counts the processes that were opened */
	enum page_id page;
	struct sheet *sheet;
	struct sheet *history; /* points of /v1/history, where there is such */
	struct holdings *holdings;
	struct grid *failures; /* of the process in detail; the ids are counts */
	struct grid *hazards;  /* of the same; NULL: an older daemon watches for none */
	bool gone;	       /* the process has ended, */
	bool never_seen;       /* or there was none when it was asked for by its number */
	char refused[160];     /* escaped: why the daemon does not tell of it */

	struct grid *news; /* oldest first */
	bool streaming;
	struct grid *cases;
	struct doc *one_case;
	struct doc *help;
	int64_t case_id;

	bool down;		 /* the daemon is gone */
	int64_t down_ns;	 /* when it last answered, CLOCK_MONOTONIC */
	int64_t silent_since_ns; /* an answer is waited for; 0: none is */
	char why[256];		 /* escaped */
	char note[160];		 /* escaped; about the last key, until the next one */
	int64_t now_ns;		 /* of drawing, CLOCK_BOOTTIME, */
	int64_t mono_ns;	 /* and CLOCK_MONOTONIC */

	/* fdtop's own cost. */
	double cpu_ratio; /* of one core, NAN: not known yet */
	int64_t rss_bytes;
	int64_t list_took_ns;
	unsigned waits_ms; /* longer than chosen, so that the cost stays small; 0: as chosen */
};

void state__init(struct state *s);
void state__done(struct state *s);

/* Lays the list out anew, after data or wishes have changed; keeps the cursor where it is. */
void state__layout(struct state *s);
/* The process under the cursor of the list, NULL: none, or a group. */
const struct proc *state__selected(const struct state *s);
/* Keeps a place within cnt rows and its cursor on a screen of `rows`. */
void place__clamp(struct place *p, size_t cnt, int rows);

/* Puts the cursor on wanted_fd if its process's descriptors are known. */
void state__find_fd(struct state *s);

/* The grid of the present view or page, NULL: it has none; and where one is in it. */
const struct grid *state__grid(const struct state *s);
struct place *state__place(struct state *s);
/* Rows of the present list. */
size_t state__row_cnt(const struct state *s);

/* Calls of the process in detail that were refused, and those of them that rows tell of. */
int64_t state__refused(const struct state *s);
int64_t state__refused_kept(const struct state *s);

/* Rows that the daemon must send; 0: all. */
size_t state__wanted_rows(const struct state *s);

/* What is typed so far goes where it belongs: filter or search. */
char *state__input_text(struct state *s);
/* Moves the cursor to the next row that has what is searched for; false: there is none. */
bool state__find(struct state *s, bool backwards, bool from_here);

#endif
