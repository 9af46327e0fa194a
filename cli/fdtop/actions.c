// SPDX-License-Identifier: GPL-2.0-or-later
/* What a key changes in the state; see actions.h. */
#include "fdtop/actions.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "fdtop/menu.h"
#include "fdtop/view/view.h"

static void say(struct state *s, const char *what)
{
	snprintf(s->note, sizeof(s->note), "%s", what);
}

/* So that q comes back to the present view. */
static void leave_view(struct state *s)
{
	struct step *step;

	if (s->trail_cnt == TRAIL_MAX)
		memmove(s->trail, s->trail + 1, --s->trail_cnt * sizeof(*s->trail));
	step = &s->trail[s->trail_cnt++];
	*step = (struct step){s->view, s->page, s->detail_pid, s->case_id, s->doc, {}};
	memcpy(step->page_place, s->page_place, sizeof(step->page_place));
}

static void show_process(struct state *s, int32_t pid, enum page_id page)
{
	s->view = VIEW_DETAIL;
	s->page = page;
	s->detail_pid = pid;
	s->opened++;
	s->gone = s->never_seen = false;
	s->refused[0] = '\0';
	s->wanted_fd = -1;
	s->shared_pid = 0;
	memset(s->page_place, 0, sizeof(s->page_place));
	sheet__free(s->sheet);
	sheet__free(s->history);
	holdings__free(s->holdings);
	grid__free(s->failures);
	grid__free(s->hazards);
	s->sheet = s->history = NULL;
	s->holdings = NULL;
	s->failures = NULL;
	s->hazards = NULL;
}

void actions__open(struct state *s, int32_t pid, enum page_id page)
{
	leave_view(s);
	show_process(s, pid, page);
}

static void show_case(struct state *s, int64_t id)
{
	s->view = VIEW_CASE;
	if (s->one_case && s->case_id == id)
		return;
	s->case_id = id;
	doc__free(s->one_case);
	s->one_case = NULL;
}

/* Asked for anew: it may have ended since. */
static enum reaction open_case(struct state *s, int64_t id)
{
	leave_view(s);
	doc__free(s->one_case);
	s->one_case = NULL;
	s->doc = (struct place){};
	show_case(s, id);
	return REACT_ASK;
}

static void move(struct state *s, long by)
{
	struct place *p = state__place(s);
	bool scrolls = s->view == VIEW_CASE || s->view == VIEW_HELP ||
		       (s->view == VIEW_DETAIL && s->page == PAGE_OVERVIEW);
	size_t cnt = state__row_cnt(s);

	if (by < 0 && (size_t)-by > p->at)
		p->at = 0;
	else
		p->at += (size_t)by;
	/* What only scrolls ends where drawing says. */
	if (!scrolls)
		place__clamp(p, cnt, s->list_rows);
	if (s->view == VIEW_MAIN)
		s->following = false;
}

static enum reaction move_to_end(struct state *s)
{
	if (s->view == VIEW_MAIN && !procs__is_whole(&s->procs)) {
		s->whole = true;
		s->main.at = (size_t)s->procs.total;
		return REACT_ASK;
	}
	move(s, GRID_ROWS_MAX);
	return REACT_DRAW;
}

/* Where the list on the screen ends, more of it may have to be asked for. */
static enum reaction moved(const struct state *s)
{
	size_t wanted = state__wanted_rows(s);

	if (s->view == VIEW_MAIN && wanted && wanted > s->procs.row_cnt &&
	    !procs__is_whole(&s->procs))
		return REACT_ASK;
	return REACT_DRAW;
}

static enum reaction relayout(struct state *s)
{
	state__layout(s);
	return REACT_ASK;
}

static enum reaction set_sort(struct state *s, enum field_id id)
{
	s->settings.sort = id;
	s->settings.reverse = false;
	s->own_order = false;
	return relayout(s);
}

/* The next field on the screen that can be sorted by. */
static enum reaction shift_sort(struct state *s, int by)
{
	int id = (int)s->settings.sort;

	do
		id = (id + by + FIELD_CNT) % FIELD_CNT;
	while (!field__list[id].compare || (s->field_col[id] < 0 && id != (int)s->settings.sort));
	return set_sort(s, (enum field_id)id);
}

static enum reaction fold(struct state *s, bool fold_it, bool either)
{
	const struct line *l;

	if (s->main.at >= s->layout.cnt)
		return REACT_NONE;
	l = &s->layout.line[s->main.at];
	/* From a member, Left goes to its group or parent first. */
	if (fold_it && !either && (!l->has_more || l->folded) && l->depth) {
		size_t at = s->main.at;

		while (at && s->layout.line[at].depth >= l->depth)
			at--;
		s->main.at = at;
		return REACT_DRAW;
	}
	if (l->has_more && (either || l->folded != fold_it))
		layout__flip(&s->layout, l, s->settings.group);
	state__layout(s);
	return REACT_DRAW;
}

static enum reaction open_incident(struct state *s)
{
	if (!s->cases || s->incidents.at >= s->cases->cnt)
		return REACT_NONE;
	return open_case(s, s->cases->row[s->incidents.at].id);
}

/* From an event to its process, or to the incident that it tells of. */
static enum reaction open_event(struct state *s)
{
	const struct grid_row *row;

	if (!s->news || s->events.at >= s->news->cnt)
		return REACT_NONE;
	row = &s->news->row[s->news->cnt - 1 - s->events.at];
	if (row->id > 0)
		return open_case(s, row->id);
	if (row->pid)
		actions__open(s, (int32_t)row->pid, PAGE_OVERVIEW);
	return REACT_ASK;
}

/* From a descriptor to those who share it, from one of these to its own. */
static enum reaction open_in_detail(struct state *s)
{
	size_t at = s->page_place[s->page].at, i = 0;
	const struct tally_entry *e;
	int64_t fd;

	if (!s->holdings)
		return REACT_NONE;
	e = s->holdings->peers.entries;
	if (s->page == PAGE_FILES && at < s->holdings->files->cnt) {
		int64_t pid = s->holdings->files->row[at].pid;

		for (; e && e->pid != pid; e = e->hh.next)
			i++;
		if (!e) {
			say(s, "No other process holds this descriptor's open file description.");
			return REACT_DRAW;
		}
		s->shared_pid = pid;
		s->shared_fd = s->holdings->files->row[at].fd;
		s->page = PAGE_SHARED;
		s->page_place[PAGE_SHARED].at = i;
		return REACT_DRAW;
	}
	for (; s->page == PAGE_SHARED && e && at; at--)
		e = e->hh.next;
	if (s->page != PAGE_SHARED || !e)
		return REACT_NONE;
	fd = e->pid == s->shared_pid ? s->shared_fd : e->fd;
	actions__open(s, (int32_t)e->pid, PAGE_FILES);
	s->wanted_fd = fd;
	return REACT_ASK;
}

static enum reaction open_line(struct state *s, enum page_id page)
{
	const struct proc *p = state__selected(s);

	if (!p)
		return fold(s, false, true);
	actions__open(s, p->id.pid, page);
	return REACT_ASK;
}

static enum reaction open_row(struct state *s)
{
	switch (s->view) {
	case VIEW_MAIN:
		return open_line(s, PAGE_OVERVIEW);
	case VIEW_DETAIL:
		return open_in_detail(s);
	case VIEW_EVENTS:
		return open_event(s);
	case VIEW_INCIDENTS:
		return open_incident(s);
	case VIEW_CASE:
		if (s->one_case && s->one_case->pid)
			actions__open(s, (int32_t)s->one_case->pid, PAGE_OVERVIEW);
		return REACT_ASK;
	default:
		return REACT_NONE;
	}
}

/* Esc in the list takes away, one after the other, what hides rows. */
static enum reaction clear_wishes(struct state *s)
{
	if (*s->search)
		s->search[0] = '\0';
	else if (*s->filter)
		s->filter[0] = '\0';
	else if (s->failing)
		s->failing = false;
	else if (s->following)
		s->following = false;
	else
		return REACT_DRAW;
	return relayout(s);
}

/* To where one came from, as it was. */
static void go_back(struct state *s)
{
	const struct step *step;

	s->detail_pid = 0;
	if (!s->trail_cnt) {
		s->view = VIEW_MAIN;
		return;
	}
	step = &s->trail[--s->trail_cnt];
	s->view = step->view;
	s->doc = step->doc;
	if (step->view == VIEW_CASE)
		show_case(s, step->case_id);
	if (step->view == VIEW_DETAIL)
		show_process(s, step->pid, step->page);
	memcpy(s->page_place, step->page_place, sizeof(s->page_place));
}

static enum reaction back(struct state *s, int32_t key)
{
	switch (s->view) {
	case VIEW_MAIN:
		return key == 'q' ? REACT_QUIT : clear_wishes(s);
	case VIEW_HELP:
		s->view = s->view_before;
		break;
	default:
		go_back(s);
	}
	return REACT_ASK;
}

static void open_help(struct state *s)
{
	if (!s->help)
		s->help = view__help();
	s->help_place = (struct place){};
	s->view_before = s->view;
	s->view = VIEW_HELP;
}

static enum reaction begin_input(struct state *s, enum input_id input)
{
	s->page_before = s->page;
	if (input == INPUT_SEARCH && s->view == VIEW_DETAIL && s->page == PAGE_OVERVIEW)
		s->page = PAGE_FILES;
	s->input = input;
	s->place_before = *state__place(s);
	s->following_before = s->following;
	snprintf(s->input_before, sizeof(s->input_before), "%s", state__input_text(s));
	/* A search begins anew, a filter is changed. */
	if (input == INPUT_SEARCH)
		s->search[0] = '\0';
	return REACT_DRAW;
}

static enum reaction find(struct state *s, bool backwards)
{
	if (s->view == VIEW_MAIN)
		s->following = false;
	if (!*s->search)
		say(s, "Nothing has been searched for yet: / does.");
	else if (!state__find(s, backwards, false))
		say(s, "Not found.");
	return REACT_DRAW;
}

static enum reaction follow(struct state *s)
{
	const struct proc *p = state__selected(s);

	s->following = !s->following && p;
	if (s->following)
		s->followed = p->id;
	return REACT_ASK;
}

static enum reaction set_tree(struct state *s)
{
	s->settings.tree = !s->settings.tree;
	s->settings.group = FDS_BY_PROCESS;
	layout__unflip(&s->layout);
	return relayout(s);
}

static enum reaction set_view(struct state *s, enum view_id view)
{
	if (s->view == VIEW_DETAIL)
		s->detail_pid = 0;
	s->view = view;
	s->trail_cnt = 0;
	return REACT_ASK;
}

static enum reaction set_interval(struct state *s, bool longer)
{
	s->settings.interval_ms = settings__next_interval(s->settings.interval_ms, longer);
	snprintf(s->note, sizeof(s->note), "Every %.1f seconds.",
		 (double)s->settings.interval_ms / 1000);
	return REACT_ASK;
}

static enum reaction do_list(struct state *s, enum action action)
{
	switch (action) {
	case ACT_SORT_MENU:
		menu__open(s, MENU_SORT);
		return REACT_DRAW;
	case ACT_GROUP_MENU:
		menu__open(s, MENU_GROUP);
		return REACT_DRAW;
	case ACT_SORT_LEFT:
		return shift_sort(s, -1);
	case ACT_SORT_RIGHT:
		return shift_sort(s, 1);
	case ACT_REVERSE:
		s->settings.reverse = !s->settings.reverse;
		return relayout(s);
	case ACT_TREE:
		return set_tree(s);
	case ACT_FOLD:
		return fold(s, false, true);
	case ACT_FOLD_LINE:
		return fold(s, true, false);
	case ACT_UNFOLD_LINE:
		return fold(s, false, false);
	case ACT_FOLD_ALL:
		layout__flip_all(&s->layout);
		return relayout(s);
	case ACT_FILTER:
		return begin_input(s, INPUT_FILTER);
	case ACT_FAILING:
		s->failing = !s->failing;
		return relayout(s);
	case ACT_KTHREADS:
		s->settings.no_kthreads = !s->settings.no_kthreads;
		say(s, s->settings.no_kthreads ? "Kernel threads are hidden."
					       : "Kernel threads are shown.");
		return relayout(s);
	case ACT_FOLLOW:
		return follow(s);
	case ACT_FILES:
		return open_line(s, PAGE_FILES);
	default:
		return REACT_NONE;
	}
}

static enum reaction do_move(struct state *s, enum action action)
{
	switch (action) {
	case ACT_UP:
		move(s, -1);
		break;
	case ACT_DOWN:
		move(s, 1);
		break;
	case ACT_PAGE_UP:
		move(s, -s->list_rows);
		break;
	case ACT_PAGE_DOWN:
		move(s, s->list_rows);
		break;
	case ACT_HALF_UP:
		move(s, -(s->list_rows / 2 + 1));
		break;
	case ACT_HALF_DOWN:
		move(s, s->list_rows / 2 + 1);
		break;
	case ACT_HOME:
		s->whole = false;
		move(s, -GRID_ROWS_MAX);
		break;
	default:
		return move_to_end(s);
	}
	return moved(s);
}

static enum reaction do_any(struct state *s, enum action action, int32_t key)
{
	switch (action) {
	case ACT_OPEN:
		return open_row(s);
	case ACT_BACK:
		return back(s, key);
	case ACT_QUIT:
		return REACT_QUIT;
	case ACT_HELP:
		open_help(s);
		return REACT_DRAW;
	case ACT_NEXT_PAGE:
		s->page = (s->page + 1) % PAGE_CNT;
		return REACT_ASK;
	case ACT_PREV_PAGE:
		s->page = (s->page + PAGE_CNT - 1) % PAGE_CNT;
		return REACT_ASK;
	case ACT_SEARCH:
		return begin_input(s, INPUT_SEARCH);
	case ACT_NEXT:
		return find(s, false);
	case ACT_PREV:
		return find(s, true);
	case ACT_FREEZE:
		s->frozen = !s->frozen;
		return REACT_ASK;
	case ACT_SLOWER:
		return set_interval(s, true);
	case ACT_FASTER:
		return set_interval(s, false);
	case ACT_EVENTS:
		return set_view(s, VIEW_EVENTS);
	case ACT_INCIDENTS:
		return set_view(s, VIEW_INCIDENTS);
	case ACT_COST:
		s->settings.cost = !s->settings.cost;
		return REACT_DRAW;
	case ACT_MOUSE:
		s->settings.mouse = !s->settings.mouse;
		say(s, s->settings.mouse ? "Mouse on." : "Mouse off: the terminal's own again.");
		return REACT_MOUSE;
	case ACT_REPAINT:
		return REACT_REPAINT;
	case ACT_REFRESH:
		return REACT_REFRESH;
	default:
		return do_list(s, action);
	}
}

/* Gives the last character up, whatever its bytes. */
static void erase_char(char *s)
{
	size_t len = strlen(s);

	while (len && (s[len - 1] & 0xc0) == 0x80)
		len--;
	s[len ? len - 1 : 0] = '\0';
}

static void type_char(char *s, int32_t ch)
{
	char buf[16];
	mbstate_t state = {};
	size_t len;

	if (ch < ' ' || ch >= KEYS_UP || wcwidth((wchar_t)ch) < 0)
		return;
	len = wcrtomb(buf, (wchar_t)ch, &state);
	if (len != (size_t)-1 && strlen(s) + len < FILTER_MAX)
		strncat(s, buf, len);
}

static enum reaction typed(struct state *s, const char *before)
{
	if (s->input == INPUT_FILTER) {
		s->main = (struct place){};
		state__layout(s);
		/* The first letter needs the whole list, the others do not change it. */
		return *before && procs__is_whole(&s->procs) ? REACT_DRAW : REACT_ASK;
	}
	if (s->view == VIEW_MAIN)
		s->following = false;
	state__find(s, false, true);
	return s->view == VIEW_MAIN && !procs__is_whole(&s->procs) ? REACT_ASK : REACT_DRAW;
}

static enum reaction end_input(struct state *s, char *text)
{
	bool again = s->input == INPUT_SEARCH && !*text && *s->input_before;

	/* An empty search is the one before, from here on. */
	if (again)
		snprintf(text, FILTER_MAX, "%s", s->input_before);
	if (s->input == INPUT_SEARCH && *text && !state__find(s, false, !again))
		say(s, "Not found.");
	s->input = INPUT_NONE;
	return REACT_DRAW;
}

static enum reaction give_input_up(struct state *s, char *text)
{
	snprintf(text, FILTER_MAX, "%s", s->input_before);
	s->input = INPUT_NONE;
	state__layout(s);
	*state__place(s) = s->place_before;
	s->page = s->page_before;
	s->following = s->following_before;
	return REACT_ASK;
}

static enum reaction input_key(struct state *s, int32_t key)
{
	char *text = state__input_text(s), before[FILTER_MAX];

	snprintf(before, sizeof(before), "%s", text);
	switch (key) {
	case KEYS_ENTER:
	case '\n':
		return end_input(s, text);
	case KEYS_ESC:
		return give_input_up(s, text);
	case KEYS_BACKSPACE:
		erase_char(text);
		return typed(s, before);
	case KEYS_CTRL_U:
		text[0] = '\0';
		return typed(s, before);
	case KEYS_UP:
	case KEYS_DOWN:
		move(s, key == KEYS_UP ? -1 : 1);
		return REACT_DRAW;
	default:
		type_char(text, key);
		return strcmp(text, before) ? typed(s, before) : REACT_NONE;
	}
}

static enum reaction menu_key(struct state *s, int32_t key)
{
	size_t cnt = menu__count(s->menu);

	switch (key) {
	case KEYS_UP:
	case 'k':
		s->menu_at = s->menu_at ? s->menu_at - 1 : cnt - 1;
		return REACT_DRAW;
	case KEYS_DOWN:
	case 'j':
		s->menu_at = (s->menu_at + 1) % cnt;
		return REACT_DRAW;
	case KEYS_HOME:
	case 'g':
		s->menu_at = 0;
		return REACT_DRAW;
	case KEYS_END:
	case 'G':
		s->menu_at = cnt - 1;
		return REACT_DRAW;
	case KEYS_ENTER:
	case '\n':
		menu__choose(s);
		return REACT_ASK;
	case KEYS_ESC:
	case 'q':
		s->menu = MENU_NONE;
		return REACT_DRAW;
	default:
		return REACT_NONE;
	}
}

static enum reaction click_heading(struct state *s, int col)
{
	enum field_id hit = FIELD_CNT;

	for (enum field_id id = 0; id < FIELD_CNT; id++)
		if (s->field_col[id] >= 0 && s->field_col[id] <= col)
			hit = id;
	if (hit == FIELD_CNT || !field__list[hit].compare)
		return REACT_NONE;
	if (hit != s->settings.sort)
		return set_sort(s, hit);
	s->settings.reverse = !s->settings.reverse;
	return relayout(s);
}

static enum reaction click(struct state *s, struct key key)
{
	struct place *p = state__place(s);
	int row = key.row - s->list_top;
	bool again;

	if (s->menu || s->input)
		return REACT_NONE;
	if (row == -1 && s->view == VIEW_MAIN)
		return click_heading(s, key.col);
	if (row < 0 || row >= s->list_rows || p->top + (size_t)row >= state__row_cnt(s))
		return REACT_NONE;
	/* A click on the row of the cursor opens it, as a double click does. */
	again = p->at == p->top + (size_t)row;
	p->at = p->top + (size_t)row;
	if (s->view == VIEW_MAIN)
		s->following = false;
	return again || key.code == KEYS_DOUBLE_CLICK ? open_row(s) : REACT_DRAW;
}

enum reaction actions__key(struct state *s, struct key key)
{
	enum action action;
	bool noted = *s->note;

	s->note[0] = '\0';
	if (key.code == KEYS_RESIZE) {
		memset(s->field_width, 0, sizeof(s->field_width));
		return REACT_ASK;
	}
	if (key.code == KEYS_CLICK || key.code == KEYS_DOUBLE_CLICK)
		return click(s, key);
	if (s->menu)
		return menu_key(s, key.code);
	if (s->input)
		return input_key(s, key.code);
	action = keys__find(key.code, s->view);
	if (action >= ACT_UP && action <= ACT_END)
		return do_move(s, action);
	if (action != ACT_NONE)
		return do_any(s, action, key.code);
	return noted ? REACT_DRAW : REACT_NONE;
}
