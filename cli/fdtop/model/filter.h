/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter that is typed: words with blanks between them, all of which must match.  A word is
 * part of any text of a process, or its pid, without regard to case; "key:glob" is for one text
 * (comm, exe, user, unit, cgroup, container), "!" in front turns a word round.
 */
#ifndef FDSCOPE_FDTOP_FILTER_H
#define FDSCOPE_FDTOP_FILTER_H

#include "fdtop/model/proc.h"

#define FILTER_MAX 128 /* bytes of a filter, the NUL included */

bool filter__match(const char *filter, const struct proc *p);
/* One word is part of a text, without regard to case: what search does in other lists. */
bool filter__contains(const char *text, const char *word);

#endif
