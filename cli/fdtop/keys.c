// SPDX-License-Identifier: GPL-2.0-or-later
/* What keys do; see keys.h. */
#include "fdtop/keys.h"

#define F(n) (KEYS_F1 + (n)-1)

const struct binding keys__bindings[] = {
	{ACT_HELP, IN_ALL & ~IN_HELP, {F(1), '?', 'h'}, "F1 ? h", "Help", "this text"},
	{ACT_SEARCH,
	 IN_LISTS,
	 {F(3), '/'},
	 "F3 /",
	 "Search",
	 "search: the cursor goes to the next row that has the text"},
	{ACT_FILTER,
	 IN_MAIN,
	 {F(4), '\\', 'f'},
	 "F4 \\ f",
	 "Filter",
	 "filter as you type: words, !word, user: unit: exe: comm: cgroup: container:GLOB"},
	{ACT_TREE, IN_MAIN, {F(5), 't'}, "F5 t", "Tree", "tree of processes, or the flat list"},
	{ACT_SORT_MENU, IN_MAIN, {F(6), 's', '.'}, "F6 s", "Sort", "choose what to sort by"},
	{ACT_GROUP_MENU,
	 IN_MAIN,
	 {F(7), 'b'},
	 "F7 b",
	 "Group",
	 "group by exe, user, unit, cgroup or container"},
	{ACT_EVENTS,
	 IN_ALL & ~IN_EVENTS,
	 {F(8), 'e'},
	 "F8 e",
	 "Events",
	 "what happened, newest first"},
	{ACT_INCIDENTS,
	 IN_ALL & ~IN_INCIDENTS,
	 {F(9), 'i'},
	 "F9 i",
	 "Incidents",
	 "alerts that were told; Enter opens one with its black box"},
	{ACT_QUIT, IN_ALL, {F(10)}, "F10", "Quit", "end fdtop"},
	{ACT_BACK, IN_ALL & ~IN_MAIN, {'q', KEYS_ESC, KEYS_BACKSPACE}, "q Esc", "Back", "back"},
	{ACT_BACK,
	 IN_MAIN,
	 {'q', KEYS_ESC, KEYS_BACKSPACE},
	 "q Esc",
	 NULL,
	 "in the list q ends fdtop, Esc takes filter and search away"},
	{ACT_OPEN,
	 IN_LISTS | IN_CASE,
	 {KEYS_ENTER, '\n'},
	 "Enter",
	 "Open",
	 "open: a process, an incident, who shares a descriptor; fold or unfold a group"},
	{ACT_FILES, IN_MAIN, {'l'}, "l", NULL, "the descriptors of the process"},
	{ACT_UP, IN_ALL, {KEYS_UP, 'k', KEYS_WHEEL_UP}, "Up k", NULL, "one row up"},
	{ACT_DOWN, IN_ALL, {KEYS_DOWN, 'j', KEYS_WHEEL_DOWN}, "Down j", NULL, "one row down"},
	{ACT_PAGE_UP, IN_ALL, {KEYS_PAGE_UP, KEYS_CTRL_B}, "PgUp ^B", NULL, "one screen up"},
	{ACT_PAGE_DOWN, IN_ALL, {KEYS_PAGE_DOWN, KEYS_CTRL_F}, "PgDn ^F", NULL, "one screen down"},
	{ACT_HALF_UP, IN_ALL, {KEYS_CTRL_U}, "^U", NULL, "half a screen up"},
	{ACT_HALF_DOWN, IN_ALL, {KEYS_CTRL_D}, "^D", NULL, "half a screen down"},
	{ACT_HOME, IN_ALL, {KEYS_HOME, 'g'}, "Home g", NULL, "first row"},
	{ACT_END, IN_ALL, {KEYS_END, 'G'}, "End G", NULL, "last row"},
	{ACT_NEXT, IN_LISTS, {'n'}, "n", NULL, "next row that has what was searched for"},
	{ACT_PREV, IN_LISTS, {'N'}, "N", NULL, "the one before"},
	{ACT_SORT_LEFT, IN_MAIN, {'<'}, "<", NULL, "sort by the column at the left"},
	{ACT_SORT_RIGHT, IN_MAIN, {'>'}, ">", NULL, "sort by the column at the right"},
	{ACT_REVERSE, IN_MAIN, {'I', 'R'}, "I R", NULL, "the other way round"},
	{ACT_FOLD, IN_MAIN, {' '}, "Space", NULL, "fold or unfold a group or a branch"},
	{ACT_FOLD_LINE, IN_MAIN, {KEYS_LEFT}, "Left", NULL, "fold it"},
	{ACT_UNFOLD_LINE, IN_MAIN, {KEYS_RIGHT}, "Right", NULL, "unfold it"},
	{ACT_FOLD_ALL, IN_MAIN, {'*'}, "*", NULL, "fold or unfold all"},
	{ACT_FAILING, IN_MAIN, {'x', '!'}, "x !", NULL, "only processes with refused calls"},
	{ACT_FOLLOW, IN_MAIN, {'F'}, "F", NULL, "the cursor stays with its process"},
	{ACT_KTHREADS, IN_MAIN, {'K'}, "K", NULL, "hide kernel threads, or show them"},
	{ACT_FREEZE, IN_ALL, {'Z', 'z'}, "Z", NULL, "freeze what is shown, or go on"},
	{ACT_SLOWER, IN_ALL, {'+', '='}, "+", NULL, "more time between refreshes"},
	{ACT_FASTER, IN_ALL, {'-'}, "-", NULL, "less time between refreshes"},
	{ACT_REFRESH, IN_ALL, {'r'}, "r", NULL, "refresh now"},
	{ACT_NEXT_PAGE,
	 IN_DETAIL,
	 {KEYS_TAB, KEYS_RIGHT},
	 "Tab Right",
	 "Next page",
	 "next page: overview, descriptors, shared with, refused calls"},
	{ACT_PREV_PAGE, IN_DETAIL, {KEYS_BACK_TAB, KEYS_LEFT}, "Left", NULL, "the page before"},
	{ACT_COST, IN_ALL, {'c'}, "c", NULL, "what fdtop and the daemon cost themselves"},
	{ACT_MOUSE,
	 IN_ALL,
	 {'m'},
	 "m",
	 NULL,
	 "mouse on or off: a click selects, twice opens, on a heading sorts"},
	{ACT_REPAINT, IN_ALL, {KEYS_CTRL_L}, "^L", NULL, "paint the screen anew"},
};

const size_t keys__binding_cnt = sizeof(keys__bindings) / sizeof(keys__bindings[0]);

enum action keys__find(int32_t key, unsigned view)
{
	for (size_t i = 0; key && i < keys__binding_cnt; i++) {
		const struct binding *b = &keys__bindings[i];

		if (!(b->views & 1u << view))
			continue;
		for (size_t k = 0; k < sizeof(b->key) / sizeof(b->key[0]); k++)
			if (b->key[k] == key)
				return b->action;
	}
	return ACT_NONE;
}
