/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From processes to the lines of the list: which are shown, in what order, under which group or
 * parent, and what is folded away.
 */
#ifndef FDSCOPE_FDTOP_LAYOUT_H
#define FDSCOPE_FDTOP_LAYOUT_H

#include "fdtop/model/procs.h"
#include "fdtop/model/settings.h"

#define LAYOUT_DEPTH_MAX 24 /* levels of a tree that are indented */

struct line {
	struct proc *proc; /* of a group its sum, which the layout owns */
	bool is_group;
	bool has_more; /* members or children */
	bool folded;
	bool last;	/* of its siblings */
	int depth;	/* 0: top */
	uint32_t rails; /* bit d: the ancestor at depth d has siblings below */
};

/* What is to be shown. */
struct layout_wish {
	const struct settings *settings;
	const char *filter; /* "": all */
	bool failing;	    /* only processes with refused calls */
};

/* A group or parent that is not as it is by default: groups are folded, trees are not. */
struct layout_flip;

struct layout {
	struct line *line;
	size_t cnt;
	size_t cap;
	size_t match_cnt; /* processes that are shown or folded away */
	struct proc **sum;
	size_t sum_cnt;
	struct layout_flip *flips;
	bool all_flipped;
};

void layout__done(struct layout *l);
/* The lines stay valid until the processes change.  -ENOMEM. */
int layout__build(struct layout *l, const struct procs *ps, const struct layout_wish *wish);

/* Folds or unfolds the line; the change shows with the next build. */
int layout__flip(struct layout *l, const struct line *line, enum fds_group_key group);
void layout__flip_all(struct layout *l);
/* As it is by default: for a change of grouping. */
void layout__unflip(struct layout *l);

/* Text by which a process is grouped. */
const char *layout__key(const struct proc *p, enum fds_group_key group);

#endif
