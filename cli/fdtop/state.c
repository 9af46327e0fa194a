// SPDX-License-Identifier: GPL-2.0-or-later
/* All that fdtop knows; see state.h. */
#include "fdtop/state.h"

#include <math.h>
#include <string.h>

#include "fdtop/model/value.h"

#define WINDOW 64 /* rows are asked for in such steps */

void state__init(struct state *s)
{
	*s = (struct state){.cpu_ratio = NAN, .list_rows = 1, .wanted_fd = -1};
	settings__init(&s->settings);
	host__init(&s->host);
}

void state__done(struct state *s)
{
	layout__done(&s->layout);
	procs__done(&s->procs);
	host__done(&s->host);
	sheet__free(s->sheet);
	sheet__free(s->history);
	holdings__free(s->holdings);
	grid__free(s->failures);
	grid__free(s->hazards);
	grid__free(s->news);
	grid__free(s->cases);
	doc__free(s->one_case);
	doc__free(s->help);
	*s = (struct state){};
}

void place__clamp(struct place *p, size_t cnt, int rows)
{
	size_t height = rows > 0 ? (size_t)rows : 1;

	if (p->at >= cnt)
		p->at = cnt ? cnt - 1 : 0;
	if (p->at < p->top)
		p->top = p->at;
	if (p->at >= p->top + height)
		p->top = p->at - height + 1;
	/* No empty rows at the end while there are some above. */
	if (p->top + height > cnt)
		p->top = cnt > height ? cnt - height : 0;
}

static void follow(struct state *s)
{
	for (size_t i = 0; i < s->layout.cnt; i++) {
		const struct line *l = &s->layout.line[i];

		if (!l->is_group && !memcmp(&l->proc->id, &s->followed, sizeof(s->followed))) {
			s->main.at = i;
			return;
		}
	}
	/* Not found in part of the list it may still be in the rest. */
	if (procs__is_whole(&s->procs) && !*s->filter && !s->failing &&
	    !procs__find(&s->procs, &s->followed))
		s->following = false;
}

void state__layout(struct state *s)
{
	struct layout_wish wish = {&s->settings, s->filter, s->failing};

	if (layout__build(&s->layout, &s->procs, &wish)) {
		/* Without memory there is nothing to show, and the next refresh tries again. */
		s->layout.cnt = 0;
	}
	if (s->following)
		follow(s);
	place__clamp(&s->main, s->layout.cnt, s->list_rows);
}

const struct proc *state__selected(const struct state *s)
{
	const struct line *l;

	if (s->main.at >= s->layout.cnt)
		return NULL;
	l = &s->layout.line[s->main.at];
	return l->is_group ? NULL : l->proc;
}

const struct grid *state__grid(const struct state *s)
{
	switch (s->view) {
	case VIEW_EVENTS:
		return s->news;
	case VIEW_INCIDENTS:
		return s->cases;
	case VIEW_DETAIL:
		return s->page == PAGE_FILES && s->holdings ? s->holdings->files
		       : s->page == PAGE_FAILURES	    ? s->failures
							    : NULL;
	default:
		return NULL;
	}
}

struct place *state__place(struct state *s)
{
	switch (s->view) {
	case VIEW_MAIN:
		return &s->main;
	case VIEW_DETAIL:
		return &s->page_place[s->page];
	case VIEW_EVENTS:
		return &s->events;
	case VIEW_INCIDENTS:
		return &s->incidents;
	case VIEW_HELP:
		return &s->help_place;
	default:
		return &s->doc;
	}
}

size_t state__row_cnt(const struct state *s)
{
	const struct grid *g = state__grid(s);

	if (s->view == VIEW_MAIN)
		return s->layout.cnt;
	if (s->view == VIEW_DETAIL && s->page == PAGE_SHARED)
		return s->holdings ? HASH_COUNT(s->holdings->peers.entries) : 0;
	return g ? g->cnt : 0;
}

int64_t state__refused_kept(const struct state *s)
{
	int64_t sum = 0;

	if (!s->failures)
		return VALUE_UNKNOWN;
	/* One that is not believed is one call at least. */
	for (size_t i = 0; i < s->failures->cnt; i++) {
		int64_t count = s->failures->row[i].id;

		sum += count > 0 && count <= UINT32_MAX ? count : 1;
	}
	return sum;
}

int64_t state__refused(const struct state *s)
{
	int64_t kept = state__refused_kept(s);
	int64_t all = s->sheet ? s->sheet->proc->failures : VALUE_UNKNOWN;

	/* Of no rows the daemon cannot tell whether there should be some. */
	if (!kept && all == VALUE_UNKNOWN)
		return VALUE_UNKNOWN;
	/* The rows may be newer than the sheet. */
	return all > kept ? all : kept;
}

size_t state__wanted_rows(const struct state *s)
{
	const struct settings *set = &s->settings;
	size_t rows = s->main.top + (size_t)s->list_rows + 1;

	if (s->whole || s->frozen || s->own_order || s->failing || *s->filter || *s->search ||
	    s->following || set->tree || set->reverse || set->group != FDS_BY_PROCESS ||
	    !field__list[set->sort].daemon_sort)
		return 0;
	return (rows / WINDOW + 1) * WINDOW;
}

void state__find_fd(struct state *s)
{
	const struct grid *g = s->holdings ? s->holdings->files : NULL;

	if (!g || s->wanted_fd < 0)
		return;
	for (size_t i = 0; i < g->cnt; i++)
		if (g->row[i].id == s->wanted_fd)
			s->page_place[PAGE_FILES].at = i;
	s->wanted_fd = -1;
}

char *state__input_text(struct state *s)
{
	return s->input == INPUT_FILTER ? s->filter : s->search;
}

static bool row_has(const struct state *s, size_t i)
{
	const struct grid *g = state__grid(s);
	const struct tally_entry *e;

	if (s->view == VIEW_MAIN)
		return filter__match(s->search, s->layout.line[i].proc);
	/* Newest first is drawn from the end. */
	if (g)
		return grid__contains(&g->row[g == s->news ? g->cnt - 1 - i : i], s->search);
	for (e = s->holdings->peers.entries; e && i; i--)
		e = e->hh.next;
	return e && filter__contains(e->name, s->search);
}

bool state__find(struct state *s, bool backwards, bool from_here)
{
	struct place *p = state__place(s);
	size_t cnt = state__row_cnt(s);

	if (!*s->search || !cnt)
		return false;
	for (size_t i = from_here ? 0 : 1; i <= cnt; i++) {
		size_t at = backwards ? (p->at + cnt - i % cnt) % cnt : (p->at + i) % cnt;

		if (!row_has(s, at))
			continue;
		p->at = at;
		place__clamp(p, cnt, s->list_rows);
		return true;
	}
	return false;
}
