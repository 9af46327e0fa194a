/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One process in detail: an answer of /v1/processes/PID. */
#ifndef FDSCOPE_FDTOP_SHEET_H
#define FDSCOPE_FDTOP_SHEET_H

#include "fdtop/model/proc.h"
#include "fdtop/model/series.h"

#define SHEET_KINDS_MAX 40

struct kind_count {
	char *name; /* escaped */
	int64_t count;
};

struct sheet {
	struct proc *proc;
	int64_t generated_ns;
	int64_t threads, ns_pid, room, installed, reserved, ofds, shared_ofds;
	size_t table_user_cnt;			 /* other processes that use the same files table */
	struct kind_count kind[SHEET_KINDS_MAX]; /* most first */
	size_t kind_cnt;
	struct series_point *point;
	size_t point_cnt;
};

/* -EBADMSG, -ENOMEM. */
int sheet__parse(const char *body, size_t sz, struct sheet **ret_sheet);
/* Accepts NULL. */
void sheet__free(struct sheet *s);

/* An answer of /v1/history: points and their number take the place of those in the sheet. */
int sheet__parse_history(const char *body, size_t sz, struct sheet **ret_points);

#endif
