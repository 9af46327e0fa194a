// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of processes. */
#include <math.h>
#include <string.h>

#include "fdtop/model/value.h"
#include "fdtop/view/view.h"

#define COMMAND_MIN  14 /* columns, before fields give way for it */
#define COMMAND_GOOD 48 /* before others may grow */
#define RATIO_WIDTH  7	/* " 97.6%", "1234.5%" */
#define SOON_S	     (4.0 * 3600)

static enum style field_style(enum field_id id, const struct proc *p)
{
	switch (id) {
	case FIELD_USED:
		return view__level_style(proc__level(p));
	case FIELD_FAILURES:
		return p->failures > 0 ? STYLE_CRITICAL : STYLE_DIM;
	case FIELD_GROWTH:
	case FIELD_LEFT:
		return p->exhaustion < SOON_S ? STYLE_WARN : STYLE_PLAIN;
	case FIELD_FDS:
		return p->allocated > 0 ? STYLE_BOLD : STYLE_DIM;
	case FIELD_KINDS:
	case FIELD_HIGHEST:
	case FIELD_PEAK:
	case FIELD_OPENS:
		return STYLE_DIM;
	case FIELD_UNIT:
		return STYLE_LABEL;
	case FIELD_COMMAND:
		return p->kthread ? STYLE_DIM : STYLE_PLAIN;
	default:
		return STYLE_PLAIN;
	}
}

/* Numbers are never cut: a column has room for the widest on the screen, and keeps it. */
static void measure(struct state *s, int rows)
{
	struct text cell = {};

	for (enum field_id id = 0; id < FIELD_CNT; id++) {
		const struct field *f = &field__list[id];

		if (s->field_width[id] < f->min_width)
			s->field_width[id] = f->min_width;
		if (f->max_width || !f->format || id == FIELD_USED)
			continue;
		for (size_t i = 0; i < (size_t)rows && s->main.top + i < s->layout.cnt; i++) {
			text__clear(&cell);
			f->format(s->layout.line[s->main.top + i].proc, &cell);
			if ((int)cell.len > s->field_width[id])
				s->field_width[id] = (int)cell.len;
		}
	}
	text__done(&cell);
}

/* A column that would be empty in all rows is none. */
static bool is_of_use(const struct state *s, enum field_id id)
{
	if (id != FIELD_UNIT)
		return true;
	for (size_t i = 0; i < s->procs.row_cnt; i++)
		if (s->procs.row[i]->text[PROC_UNIT])
			return true;
	return false;
}

/* Takes fields by rank while there is room; the one that is sorted by is always there. */
static int choose(const struct state *s, int cols, bool *shown)
{
	bool nested = s->settings.tree || s->settings.group != FDS_BY_PROCESS;
	int command = cols < 60 ? cols / 4 : nested ? 2 * COMMAND_MIN : COMMAND_MIN;
	int left = cols - command;

	for (enum field_id id = 0; id < FIELD_CNT; id++)
		shown[id] = id == FIELD_COMMAND;
	if (!field__list[s->settings.sort].max_width) {
		shown[s->settings.sort] = true;
		left -= s->field_width[s->settings.sort] + 1;
	}
	for (int rank = 1; rank <= FIELD_CNT; rank++) {
		for (enum field_id id = 0; id < FIELD_CNT; id++) {
			if (shown[id] || field__list[id].rank != rank ||
			    s->field_width[id] + 1 > left || !is_of_use(s, id))
				continue;
			shown[id] = true;
			left -= s->field_width[id] + 1;
		}
	}
	return left + command;
}

/* What the command does not need makes others wider, those first that are cut otherwise. */
static void widen(const bool *shown, int *width, int *command)
{
	static const struct {
		enum field_id id;
		int max;
	} growing[] = {
		{FIELD_KINDS, 44}, {FIELD_UNIT, 28}, {FIELD_TREND, 24},
		{FIELD_USED, 24},  {FIELD_USER, 12}, {FIELD_KINDS, 70},
	};

	for (size_t i = 0; i < sizeof(growing) / sizeof(growing[0]); i++) {
		int *w = &width[growing[i].id], more = growing[i].max - *w;

		if (more > *command - COMMAND_GOOD)
			more = *command - COMMAND_GOOD;
		if (!shown[growing[i].id] || more <= 0)
			continue;
		*w += more;
		*command -= more;
	}
}

static void place_fields(struct state *s, int cols, int *width)
{
	bool shown[FIELD_CNT];
	int command = choose(s, cols, shown), col = 0;

	memcpy(width, s->field_width, sizeof(s->field_width));
	widen(shown, width, &command);
	width[FIELD_COMMAND] = command;
	for (enum field_id id = 0; id < FIELD_CNT; id++) {
		s->field_col[id] = shown[id] ? col : -1;
		if (shown[id])
			col += width[id] + 1;
	}
}

static void draw_headings(const struct state *s, struct canvas *c, int row, const int *width)
{
	canvas__paint(c, row, 0, -1, STYLE_HEADING);
	for (enum field_id id = 0; id < FIELD_CNT; id++) {
		const struct field *f = &field__list[id];
		bool sorted = s->settings.sort == id;
		enum style style = sorted ? STYLE_SORTED : STYLE_HEADING;

		if (s->field_col[id] < 0)
			continue;
		if (sorted)
			canvas__paint(c, row, s->field_col[id], width[id], style);
		if (f->right)
			canvas__put_right(c, row, s->field_col[id], width[id], style, f->heading);
		else
			canvas__put(c, row, s->field_col[id], width[id], style, f->heading);
		if (sorted && canvas__width(f->heading) < width[id])
			canvas__put(c, row, s->field_col[id] + (f->right ? 0 : width[id] - 1), 1,
				    style, f->ascending != s->settings.reverse ? "▲" : "▼");
	}
}

static void draw_bar(struct canvas *c, int row, int col, int width, const struct proc *p)
{
	enum style style = view__level_style(proc__level(p));
	struct text t = {};

	if (isnan(p->used))
		return;
	series__bar(p->used, (size_t)(width - RATIO_WIDTH), &t);
	canvas__put(c, row, col, width - RATIO_WIDTH, style, text__str(&t));
	text__clear(&t);
	field__list[FIELD_USED].format(p, &t);
	canvas__put_right(c, row, col + width - RATIO_WIDTH, RATIO_WIDTH,
			  style == STYLE_GOOD ? STYLE_PLAIN : style, text__str(&t));
	text__done(&t);
}

static bool is_flat(const struct proc *p)
{
	for (size_t i = 1; i < p->trend_cnt; i++)
		if (p->trend[i] != p->trend[0])
			return false;
	return true;
}

static void draw_trend(struct canvas *c, int row, int col, int width, const struct proc *p)
{
	struct text t = {};

	series__spark(p->trend, p->trend_cnt, (size_t)width, false, &t);
	canvas__put(c, row, col, width, is_flat(p) ? STYLE_DIM : STYLE_GOOD, text__str(&t));
	text__done(&t);
}

/* Rails of a tree, and the sign of what can be folded; the columns that they take. */
static int draw_guides(const struct state *s, struct canvas *c, int row, int col, int width,
		       const struct line *l)
{
	struct text t = {};
	int used, first = 1;

	if (!s->settings.tree && s->settings.group == FDS_BY_PROCESS)
		return 0;
	/* Of a deep one the nearest levels are shown. */
	while ((l->depth - first + 1) * 2 > width / 2)
		first++;
	for (int d = first; d < l->depth && d < LAYOUT_DEPTH_MAX; d++)
		text__add(&t, l->rails & 1u << d ? "│ " : "  ");
	if (l->depth)
		text__add(&t, l->last ? "└" : "├");
	if (l->has_more)
		text__add(&t, l->folded ? "▸ " : "▾ ");
	else if (l->depth)
		text__add(&t, "─ ");
	used = canvas__put(c, row, col, width > 8 ? width - 8 : 0, STYLE_DIM, text__str(&t));
	text__done(&t);
	return used;
}

static void draw_command(const struct state *s, struct canvas *c, int row, int width,
			 const struct line *l)
{
	int col = s->field_col[FIELD_COMMAND];
	int used = draw_guides(s, c, row, col, width, l);
	struct text t = {};

	field__list[FIELD_COMMAND].format(l->proc, &t);
	if (l->is_group) {
		text__addf(&t, " (%zu)", l->proc->member_cnt);
		canvas__put(c, row, col + used, width - used, STYLE_BOLD, text__str(&t));
	} else {
		canvas__put(c, row, col + used, width - used, field_style(FIELD_COMMAND, l->proc),
			    text__str(&t));
	}
	text__done(&t);
}

static void draw_cell(struct canvas *c, int row, int col, int width, enum field_id id,
		      const struct proc *p)
{
	const struct field *f = &field__list[id];
	enum style style = field_style(id, p);
	struct text t = {};

	f->format(p, &t);
	if (!t.len) {
		/* What a sum cannot have is not unknown. */
		text__add(&t,
			  p->member_cnt && id != FIELD_FAILURES && id != FIELD_OPENS ? "" : "-");
		style = STYLE_DIM;
	}
	if (f->right)
		canvas__put_right(c, row, col, width, style, text__str(&t));
	else
		canvas__put(c, row, col, width, style, text__str(&t));
	text__done(&t);
}

static void draw_line(const struct state *s, struct canvas *c, int row, const struct line *l,
		      const int *width)
{
	for (enum field_id id = 0; id < FIELD_CNT; id++) {
		int col = s->field_col[id];

		if (col < 0)
			continue;
		if (id == FIELD_USED)
			draw_bar(c, row, col, width[id], l->proc);
		else if (id == FIELD_TREND)
			draw_trend(c, row, col, width[id], l->proc);
		else if (id == FIELD_COMMAND)
			draw_command(s, c, row, width[id], l);
		else
			draw_cell(c, row, col, width[id], id, l->proc);
	}
}

static const char *why_empty(const struct state *s)
{
	if (!s->procs.generation)
		return "Asking the daemon ...";
	if (s->failing)
		return "No process has had a call refused.  x shows all.";
	if (*s->filter)
		return "No process matches the filter.  Esc takes it away.";
	return "There are no processes that you may see.";
}

void view__draw_list(struct state *s, struct canvas *c, int top, int rows)
{
	int width[FIELD_CNT];

	s->list_rows = rows > 1 ? rows - 1 : 1;
	s->list_top = top + 1;
	place__clamp(&s->main, s->layout.cnt, s->list_rows);
	measure(s, s->list_rows);
	place_fields(s, c->cols, width);
	draw_headings(s, c, top, width);
	if (!s->layout.cnt && s->down && !s->procs.generation)
		view__draw_nothing(c, top + 1, rows - 1, s->why);
	else if (!s->layout.cnt)
		view__draw_nothing(c, top + 1, rows - 1, why_empty(s));
	for (int i = 0; i < s->list_rows; i++) {
		size_t at = s->main.top + (size_t)i;

		if (at >= s->layout.cnt)
			break;
		draw_line(s, c, top + 1 + i, &s->layout.line[at], width);
		if (at == s->main.at)
			canvas__paint(c, top + 1 + i, 0, -1,
				      s->following ? STYLE_FOLLOWED : STYLE_CURSOR);
	}
}
