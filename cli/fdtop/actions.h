/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a key changes in the state. */
#ifndef FDSCOPE_FDTOP_ACTIONS_H
#define FDSCOPE_FDTOP_ACTIONS_H

#include "fdtop/keys.h"
#include "fdtop/state.h"

enum reaction {
	REACT_NONE,
	REACT_DRAW,
	REACT_ASK,     /* something else is to be asked for */
	REACT_REFRESH, /* all that is shown is to be asked for */
	REACT_REPAINT, /* the screen is to be painted anew */
	REACT_MOUSE,   /* settings.mouse has changed */
	REACT_QUIT,
};

enum reaction actions__key(struct state *s, struct key key);
/* Opens the detail of a process. */
void actions__open(struct state *s, int32_t pid, enum page_id page);

#endif
