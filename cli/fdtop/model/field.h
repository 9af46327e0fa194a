/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of what the list of processes shows and sorts by: heading, comparison, text, and
 * how early a field must give way on a narrow terminal.
 */
#ifndef FDSCOPE_FDTOP_FIELD_H
#define FDSCOPE_FDTOP_FIELD_H

#include "fdtop/model/proc.h"

#define FIELD_NOW_S 0.001 /* less time to the limit is none */

enum field_id {
	FIELD_PID,
	FIELD_USER,
	FIELD_FDS,
	FIELD_LIMIT,
	FIELD_USED,
	FIELD_HIGHEST,
	FIELD_PEAK,
	FIELD_GROWTH,
	FIELD_TREND,
	FIELD_LEFT,
	FIELD_FAILURES,
	FIELD_OPENS,
	FIELD_KINDS,
	FIELD_UNIT,
	FIELD_COMMAND,
	FIELD_CNT
};

struct field {
	const char *name;    /* in settings and on the command line */
	const char *heading; /* at most as long as min_width */
	const char *help;
	const char *daemon_sort; /* sort= that puts rows in the same order, NULL: none */
	int min_width;		 /* columns; numbers take more when they need it */
	int max_width;		 /* text is cut there; 0: a number, never cut */
	int rank;		 /* 1 is shown first, the highest gives way first */
	bool right;
	bool ascending;						    /* as it is first sorted */
	int (*compare)(const struct proc *a, const struct proc *b); /* NULL: not sortable */
	bool (*is_known)(const struct proc *p);
	void (*format)(const struct proc *p, struct text *out);
};

extern const struct field field__list[FIELD_CNT];

/* FIELD_CNT: there is none of that name. */
enum field_id field__find(const char *name);
/* By name or heading in any case, or a beginning that one alone has; FIELD_CNT: none, or many. */
enum field_id field__guess(const char *text);

/*
 * For qsort: the order of the list.  What is not known comes last, also reversed; rows that are
 * equal keep the order of their pids.
 */
int field__order(enum field_id field, bool reverse, const struct proc *a, const struct proc *b);

#endif
