/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files that lay out lines: what groups and trees need of each other. */
#ifndef FDSCOPE_FDTOP_LAYOUT_LINES_H
#define FDSCOPE_FDTOP_LAYOUT_LINES_H

#include "fdtop/model/layout.h"

int layout__add(struct layout *l, const struct line *line);
void layout__sort(struct proc **proc, size_t cnt, const struct settings *s);
/* Folded where it is shown by default, or the other way round. */
bool layout__is_flipped(const struct layout *l, const struct proc *p, enum fds_group_key group);

/* proc[0..cnt) are in the order of the list. */
int layout__add_tree(struct layout *l, struct proc **proc, size_t cnt);
int layout__add_groups(struct layout *l, struct proc **proc, size_t cnt, const struct settings *s);

#endif
