/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keys do: one table that maps them to actions, gives the last line its hints and the help
 * its lines.
 */
#ifndef FDSCOPE_FDTOP_KEYS_H
#define FDSCOPE_FDTOP_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Above all characters. */
enum key_code {
	KEYS_NONE = 0,
	KEYS_CTRL_B = 2,
	KEYS_CTRL_D = 4,
	KEYS_CTRL_F = 6,
	KEYS_BACKSPACE = 8,
	KEYS_TAB = 9,
	KEYS_CTRL_L = 12,
	KEYS_ENTER = 13,
	KEYS_CTRL_U = 21,
	KEYS_ESC = 27,
	KEYS_UP = 0x110000,
	KEYS_DOWN,
	KEYS_LEFT,
	KEYS_RIGHT,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_HOME,
	KEYS_END,
	KEYS_BACK_TAB,
	KEYS_RESIZE,
	KEYS_CLICK,
	KEYS_DOUBLE_CLICK,
	KEYS_WHEEL_UP,
	KEYS_WHEEL_DOWN,
	KEYS_OTHER, /* one that means nothing here */
	KEYS_F1,
	KEYS_F10 = KEYS_F1 + 9,
};

struct key {
	int32_t code;
	int row, col; /* of the mouse */
};

enum action {
	ACT_NONE,
	ACT_UP,
	ACT_DOWN,
	ACT_PAGE_UP,
	ACT_PAGE_DOWN,
	ACT_HALF_UP,
	ACT_HALF_DOWN,
	ACT_HOME,
	ACT_END,
	ACT_OPEN,
	ACT_FILES,
	ACT_BACK,
	ACT_QUIT,
	ACT_HELP,
	ACT_NEXT_PAGE,
	ACT_PREV_PAGE,
	ACT_SORT_MENU,
	ACT_SORT_LEFT,
	ACT_SORT_RIGHT,
	ACT_REVERSE,
	ACT_GROUP_MENU,
	ACT_TREE,
	ACT_FOLD,
	ACT_UNFOLD_LINE,
	ACT_FOLD_LINE,
	ACT_FOLD_ALL,
	ACT_FILTER,
	ACT_SEARCH,
	ACT_NEXT,
	ACT_PREV,
	ACT_FAILING,
	ACT_FOLLOW,
	ACT_KTHREADS,
	ACT_FREEZE,
	ACT_SLOWER,
	ACT_FASTER,
	ACT_REFRESH,
	ACT_EVENTS,
	ACT_INCIDENTS,
	ACT_COST,
	ACT_MOUSE,
	ACT_REPAINT,
	ACT_CNT
};

/* In which views a binding holds: bits of enum view_id. */
#define IN_MAIN	     1u
#define IN_DETAIL    2u
#define IN_EVENTS    4u
#define IN_INCIDENTS 8u
#define IN_CASE	     16u
#define IN_HELP	     32u
#define IN_LISTS     (IN_MAIN | IN_DETAIL | IN_EVENTS | IN_INCIDENTS)
#define IN_ALL	     63u

struct binding {
	enum action action;
	unsigned views;
	int32_t key[4];
	const char *keys; /* as people write them */
	const char *hint; /* in the last line; NULL: none */
	const char *help;
};

extern const struct binding keys__bindings[];
extern const size_t keys__binding_cnt;

enum action keys__find(int32_t key, unsigned view);

#endif
