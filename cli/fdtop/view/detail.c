// SPDX-License-Identifier: GPL-2.0-or-later
/* One process: its limits and history, its descriptors, who shares them, what was refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fdtop/model/value.h"
#include "fdtop/view/view.h"
#include "human.h"
#include "plot.h"

#define NS_PER_S      1000000000ll
#define OVERVIEW_ROWS 200 /* of the canvas that is scrolled over */
#define TALLY_SHOWN   10
#define PLOT_ROWS_MAX 14
#define BLOCK_WIDTH   38 /* columns of a list of kinds or targets, at least */
#define BLOCKS_MAX    6
#define HAZARDS_SHOWN 8

/* "label value" from column `col` on, or on the next row where the right edge is too near. */
static void put(struct canvas *c, int *row, int *col, const char *label, enum style style,
		const char *value)
{
	int width = canvas__width(label) + 1 + canvas__width(value);

	if (*col && *col + width > c->cols) {
		++*row;
		*col = 0;
	}
	*col += canvas__put(c, *row, *col, -1, STYLE_LABEL, label) + 1;
	*col += canvas__put(c, *row, *col, -1, style, value) + 3;
}

static void put_count(struct canvas *c, int *row, int *col, const char *label, int64_t v)
{
	struct text t = {};

	value__add_count(&t, v);
	put(c, row, col, label, STYLE_PLAIN, text__str(&t));
	text__done(&t);
}

static void draw_use(struct canvas *c, int *row, const struct proc *p)
{
	enum style style = view__level_style(proc__level(p));
	struct text t = {};
	int col = 0;

	value__add_count(&t, p->allocated);
	text__add(&t, " of ");
	value__add_count(&t, p->soft);
	put(c, row, &col, "Descriptors", STYLE_BOLD, text__str(&t));
	if (!isnan(p->used)) {
		text__clear(&t);
		series__bar(p->used, c->cols >= 100 ? 40 : 20, &t);
		col += canvas__put(c, *row, col, -1, style, text__str(&t)) + 1;
		text__clear(&t);
		human__add_ratio(&t, p->used);
		canvas__put(c, *row, col, -1, style == STYLE_GOOD ? STYLE_PLAIN : style,
			    text__str(&t));
	}
	++*row;
	text__done(&t);
}

static void draw_counts(struct canvas *c, int *row, const struct sheet *s)
{
	const struct proc *p = s->proc;
	struct text t = {};
	int col = 0;

	put_count(c, row, &col, "room", s->room);
	put_count(c, row, &col, "hard limit", p->hard);
	put_count(c, row, &col, "highest", p->highest);
	put_count(c, row, &col, "peak", p->peak);
	put_count(c, row, &col, "reserved", s->reserved);
	put_count(c, row, &col, "descriptions", s->ofds);
	put_count(c, row, &col, "shared", s->shared_ofds);
	if (s->table_user_cnt)
		put_count(c, row, &col, "others with its table", (int64_t)s->table_user_cnt);
	++*row;
	col = 0;
	if (!isnan(p->growth))
		human__add_rate(&t, p->growth);
	put(c, row, &col, "growth", STYLE_PLAIN, t.len ? text__str(&t) : "-");
	if (!isnan(p->exhaustion)) {
		text__clear(&t);
		human__add_seconds(&t, p->exhaustion);
		if (p->exhaustion < FIELD_NOW_S)
			put(c, row, &col, "full", STYLE_CRITICAL, "now");
		else
			put(c, row, &col, "full in", STYLE_WARN, text__str(&t));
	}
	put_count(c, row, &col, "opens", p->opens);
	put_count(c, row, &col, "closes", p->closes);
	text__clear(&t);
	value__add_count(&t, p->failures);
	put(c, row, &col, "refused calls", p->failures > 0 ? STYLE_CRITICAL : STYLE_PLAIN,
	    text__str(&t));
	++*row;
	text__done(&t);
}

static void draw_identity(struct canvas *c, int *row, const struct sheet *s)
{
	static const struct {
		enum proc_text which;
		const char *label;
	} texts[] = {
		{PROC_UNIT, "unit"},	 {PROC_CONTAINER, "container"}, {PROC_EXE, "program"},
		{PROC_CGROUP, "cgroup"}, {PROC_CMDLINE, "command"},
	};
	int col = 0;

	put_count(c, row, &col, "parent", s->proc->ppid);
	put_count(c, row, &col, "threads", s->threads);
	if (s->ns_pid != s->proc->id.pid)
		put_count(c, row, &col, "own pid", s->ns_pid);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (*proc__text(s->proc, texts[i].which))
			put(c, row, &col, texts[i].label, STYLE_PLAIN,
			    proc__text(s->proc, texts[i].which));
	*row += 2;
}

/* What the daemon remembers, over all the time that it does; false: nothing, or no room. */
static bool add_history(const struct state *s, const struct canvas *c, int rows, struct text *out)
{
	size_t cnt = s->history ? s->history->point_cnt : 0;
	_cleanup_free_ struct plot_point *points = calloc(cnt + 1, sizeof(*points));
	struct plot plot = {.points = points, .cnt = cnt, .ascii = c->ascii};

	if (!points || cnt < 2)
		return false;
	for (size_t i = 0; i < cnt; i++) {
		const struct series_point *p = &s->history->point[i];

		points[i] = (struct plot_point){p->time_ns / NS_PER_S, p->step_s, (uint64_t)p->min,
						(uint64_t)p->max};
	}
	plot.from_s = points[0].time_s;
	plot.to_s = points[cnt - 1].time_s + points[cnt - 1].step_s;
	plot.limit = s->sheet->proc->soft > 0 && s->sheet->proc->soft != VALUE_UNLIMITED
			     ? (uint64_t)s->sheet->proc->soft
			     : PLOT_NO_LIMIT;
	plot.width = c->cols - 1 < PLOT_WIDTH_MAX ? (size_t)c->cols - 1 : PLOT_WIDTH_MAX;
	plot.height = (size_t)rows;
	return !plot__draw(&plot, out) && !out->oom;
}

/* What it has now, until there is more to tell of. */
static void add_recent(const struct state *s, const struct canvas *c, int rows, struct text *out)
{
	text__clear(out);
	series__plot(s->sheet->point, s->sheet->point_cnt, rows, c->cols - 1, out);
}

static void draw_plot(struct canvas *c, int *row, const struct state *s, int rows)
{
	struct text t = {};
	const char *line;

	if (!add_history(s, c, rows, &t))
		add_recent(s, c, rows, &t);
	if (!t.len)
		return;
	canvas__put(c, *row, 0, -1, STYLE_TITLE, "History");
	++*row;
	for (line = text__str(&t); *line;) {
		size_t len = strcspn(line, "\n");
		_cleanup_text_ struct text one = {};

		text__add_bytes(&one, line, len);
		canvas__put(c, *row, 0, -1, STYLE_GOOD, text__str(&one));
		line += len + (line[len] == '\n');
		++*row;
	}
	++*row;
	text__done(&t);
}

/* A titled list of counts, TALLY_SHOWN rows at most. */
struct block {
	const char *title;
	const struct tally_entry *entries;
	size_t least; /* a count below is nothing to tell */
	const struct sheet *kinds;
};

static int draw_kinds(struct canvas *c, int row, int col, int width, const struct sheet *s)
{
	size_t i;

	for (i = 0; i < s->kind_cnt && i < TALLY_SHOWN; i++)
		canvas__putf(c, row + (int)i, col, width, STYLE_PLAIN, "%7jd  %s",
			     (intmax_t)s->kind[i].count, s->kind[i].name);
	return (int)i;
}

/* Of a path the end tells more than the beginning. */
static const char *fit_path(const char *name, int width, struct text *buf)
{
	int excess = canvas__width(name) - width;

	if (*name != '/' || excess <= 0)
		return name;
	while (excess >= 0 && *name) {
		name++;
		while ((*name & 0xc0) == 0x80)
			name++;
		excess--;
	}
	text__clear(buf);
	text__addf(buf, "…%s", name);
	return text__str(buf);
}

static int draw_tally(struct canvas *c, int row, int col, int width, const struct block *b)
{
	const struct tally_entry *e = b->entries;
	struct text buf = {};
	int cnt = 0;

	for (; e && cnt < TALLY_SHOWN && e->count >= b->least; e = e->hh.next, cnt++) {
		canvas__putf(c, row + cnt, col, width, STYLE_BOLD, "%7zu", e->count);
		canvas__put(c, row + cnt, col + 9, width - 9, STYLE_PLAIN,
			    fit_path(e->name, width - 9, &buf));
	}
	text__done(&buf);
	return cnt;
}

static bool is_empty(const struct block *b)
{
	if (b->kinds)
		return !b->kinds->kind_cnt;
	return !b->entries || b->entries->count < b->least;
}

/* As many beside each other as there is room for; the rows that they took. */
static int draw_blocks(struct canvas *c, int row, const struct block *b, size_t cnt)
{
	int per_row = c->cols / BLOCK_WIDTH > 0 ? c->cols / BLOCK_WIDTH : 1;
	int width, tallest = 0, place = 0, begin = row;

	if (per_row > (int)cnt)
		per_row = (int)cnt;
	width = per_row ? c->cols / per_row : 0;
	for (size_t i = 0; i < cnt; i++) {
		int rows, col = place * width;

		canvas__put(c, row, col, width - 2, STYLE_TITLE, b[i].title);
		rows = 1 + (b[i].kinds ? draw_kinds(c, row + 1, col, width - 2, b[i].kinds)
				       : draw_tally(c, row + 1, col, width - 2, &b[i]));
		tallest = rows > tallest ? rows : tallest;
		if (++place == per_row) {
			row += tallest + 1;
			place = tallest = 0;
		}
	}
	return row + (place ? tallest + 1 : 0) - begin;
}

/* Traps that it stepped into: how often, which, when last, and what happened. */
static void draw_hazards(struct canvas *c, int *row, const struct state *s)
{
	const struct grid *g = s->hazards;

	if (!g || !g->cnt)
		return;
	canvas__put(c, (*row)++, 0, -1, STYLE_TITLE, "Hazards");
	for (size_t i = 0; i < g->cnt && i < HAZARDS_SHOWN; i++) {
		int col = 0;

		for (size_t k = 0; k < g->list.cnt; k++) {
			bool last = k + 1 == g->list.cnt;
			int width = last ? c->cols - col : k ? g->width[k] : 7;
			_cleanup_text_ struct text t = {};
			size_t len;
			const char *cell = grid__cell(&g->row[i], k, &len);

			text__add_bytes(&t, cell, len);
			if (k)
				canvas__put(c, *row, col, width,
					    k == 1 ? view__level_style(g->row[i].level)
						   : STYLE_PLAIN,
					    text__str(&t));
			else
				canvas__put_right(c, *row, col, width, STYLE_BOLD, text__str(&t));
			col += width + 2;
		}
		++*row;
	}
	if (g->cnt > HAZARDS_SHOWN)
		canvas__putf(c, (*row)++, 0, -1, STYLE_DIM, "  and %zu more: fdscope hazards",
			     g->cnt - HAZARDS_SHOWN);
	++*row;
}

static void draw_holdings(struct canvas *c, int *row, const struct state *s)
{
	const struct holdings *h = s->holdings;
	const struct block all[BLOCKS_MAX] = {
		{"Kinds", NULL, 0, s->sheet},
		{"Directories", h ? h->directories.entries : NULL, 1, NULL},
		{"Targets", h ? h->targets.entries : NULL, 2, NULL},
		{"Shared with", h ? h->peers.entries : NULL, 1, NULL},
		{"Peers", h ? h->remotes.entries : NULL, 1, NULL},
		{"Ports", h ? h->ports.entries : NULL, 1, NULL},
	};
	struct block shown[BLOCKS_MAX];
	size_t cnt = 0;

	for (size_t i = 0; i < BLOCKS_MAX; i++)
		if (!is_empty(&all[i]))
			shown[cnt++] = all[i];
	if (cnt)
		*row += draw_blocks(c, *row, shown, cnt);
	if (h && h->files->total > h->files->cnt)
		canvas__putf(c, (*row)++, 0, -1, STYLE_DIM, "Of %zu descriptors %zu are kept.",
			     h->files->total, h->files->cnt);
}

static void draw_overview(struct state *s, struct canvas *c, int top, int rows)
{
	struct place *p = &s->page_place[PAGE_OVERVIEW];
	struct canvas tall = {};
	int row = 0, plot = rows / 3 < 7 ? 7 : rows / 3;
	size_t last;

	if (canvas__init(&tall, OVERVIEW_ROWS, c->cols, c->ascii))
		return;
	draw_use(&tall, &row, s->sheet->proc);
	draw_counts(&tall, &row, s->sheet);
	draw_identity(&tall, &row, s->sheet);
	draw_hazards(&tall, &row, s);
	draw_plot(&tall, &row, s, plot > PLOT_ROWS_MAX ? PLOT_ROWS_MAX : plot);
	draw_holdings(&tall, &row, s);
	s->list_rows = rows > 0 ? rows : 1;
	s->list_top = top;
	/* What tells that there is more covers nothing. */
	rows -= row > rows && rows > 1;
	last = row > rows ? (size_t)(row - rows) : 0;
	if (p->at > last)
		p->at = last;
	p->top = p->at;
	canvas__copy(c, top, rows, &tall, (int)p->top);
	if (p->top < last)
		canvas__put_right(c, top + rows, c->cols - 9, 9, STYLE_DIM, "  more ↓ ");
	canvas__done(&tall);
}

static int64_t count_peers(const struct state *s)
{
	int64_t cnt = s->holdings ? HASH_COUNT(s->holdings->peers.entries) : 0;

	/* Not every tier sees who shares. */
	if (!cnt && (!s->holdings || !s->sheet || s->sheet->shared_ofds == VALUE_UNKNOWN))
		return VALUE_UNKNOWN;
	return cnt;
}

static void draw_shared(struct state *s, struct canvas *c, int top, int rows)
{
	struct place *p = &s->page_place[PAGE_SHARED];
	const struct tally_entry *e = s->holdings->peers.entries;
	size_t i = 0;

	s->list_rows = rows > 1 ? rows - 1 : 1;
	s->list_top = top + 1;
	place__clamp(p, state__row_cnt(s), s->list_rows);
	canvas__paint(c, top, 0, -1, STYLE_HEADING);
	canvas__put(c, top, 0, -1, STYLE_HEADING, "SHARED  PROCESS");
	if (!e)
		view__draw_nothing(c, top + 1, rows - 1,
				   count_peers(s) == VALUE_UNKNOWN
					   ? "Who shares its descriptors is not known."
					   : "No other process holds its open file descriptions.");
	for (; e; e = e->hh.next, i++) {
		int row = top + 1 + (int)(i - p->top);

		if (i < p->top || i >= p->top + (size_t)s->list_rows)
			continue;
		canvas__putf(c, row, 0, 6, STYLE_BOLD, "%6zu", e->count);
		canvas__put(c, row, 8, -1, STYLE_PLAIN, e->name);
		if (i == p->at)
			canvas__paint(c, row, 0, -1, STYLE_CURSOR);
	}
}

static void draw_title(const struct state *s, struct canvas *c, int row)
{
	const struct proc *p = s->sheet ? s->sheet->proc : NULL;
	struct text t = {};
	int col;

	if (p)
		text__addf(&t, "%s[%d]", proc__text(p, PROC_COMM), p->id.pid);
	else
		text__addf(&t, "process %d", s->detail_pid);
	col = canvas__put(c, row, 0, -1, STYLE_TITLE, text__str(&t)) + 3;
	if (s->gone && !s->never_seen)
		col += canvas__put(c, row, col, -1, STYLE_ALARM, " has ended ") + 3;
	if (p) {
		col += canvas__put(c, row, col, -1, STYLE_LABEL, "user") + 1;
		col += canvas__put(c, row, col, -1, STYLE_PLAIN, proc__text(p, PROC_USER)) + 3;
	}
	if (p && p->id.start_ns >= 0) {
		text__clear(&t);
		human__add_duration(&t, s->now_ns - p->id.start_ns);
		col += canvas__put(c, row, col, -1, STYLE_LABEL, "started") + 1;
		canvas__putf(c, row, col, -1, STYLE_PLAIN, "%s ago", text__str(&t));
	}
	text__done(&t);
}

static void draw_tabs(const struct state *s, struct canvas *c, int row)
{
	static const char *const names[PAGE_CNT] = {"Overview", "Descriptors", "Shared with",
						    "Refused calls"};
	const int64_t cnt[PAGE_CNT] = {
		[PAGE_FILES] = s->holdings ? (int64_t)s->holdings->files->total : VALUE_UNKNOWN,
		[PAGE_SHARED] = count_peers(s),
		[PAGE_FAILURES] = state__refused(s),
	};
	struct text t = {};
	int col = 0;

	for (enum page_id page = 0; page < PAGE_CNT; page++) {
		enum style style = page == s->page ? STYLE_SORTED : STYLE_HEADING;

		text__clear(&t);
		text__addf(&t, " %s ", names[page]);
		if (page != PAGE_OVERVIEW) {
			value__add_count(&t, cnt[page]);
			text__add(&t, " ");
		}
		col += canvas__put(c, row, col, -1, style, text__str(&t)) + 1;
	}
	text__done(&t);
}

/* The daemon keeps the last ones; how many there were it counts. */
static void draw_failures(struct state *s, struct canvas *c, int top, int rows)
{
	int64_t kept = state__refused_kept(s), all = state__refused(s);
	bool told = kept < all && rows > 2;

	view__draw_grid(s, c, s->failures, top, rows - told);
	if (told)
		canvas__putf(c, top + rows - 1, 0, -1, STYLE_DIM, "%jd of %jd are kept.",
			     (intmax_t)kept, (intmax_t)all);
	else if (!s->failures->cnt)
		view__draw_nothing(c, top + 1, rows - 1,
				   all == VALUE_UNKNOWN ? "Whether calls were refused is not known."
							: "No call of it has been refused.");
}

void view__draw_detail(struct state *s, struct canvas *c, int top, int rows)
{
	const struct grid *g = state__grid(s);

	if (rows >= 6) {
		draw_title(s, c, top);
		draw_tabs(s, c, top + 1);
		top += 2;
		rows -= 2;
	}
	if (s->page == PAGE_OVERVIEW && s->sheet)
		draw_overview(s, c, top, rows);
	else if (s->page == PAGE_SHARED && s->holdings)
		draw_shared(s, c, top, rows);
	else if (s->page == PAGE_FAILURES && s->failures)
		draw_failures(s, c, top, rows);
	else if (g)
		view__draw_grid(s, c, g, top, rows);
	else
		view__draw_nothing(c, top, rows,
				   s->never_seen
					   ? "There is no process of this number that you may see."
				   : s->gone	   ? "It ended before it could be looked at."
				   : s->refused[0] ? s->refused
						   : "Asking the daemon ...");
}
