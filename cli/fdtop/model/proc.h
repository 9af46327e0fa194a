/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process as fdtop knows it: the figures of its last answer, its texts (escaped) and a short
 * memory of its counts.  Also the sum of a group, which is compared and shown in the same way.
 */
#ifndef FDSCOPE_FDTOP_PROC_H
#define FDSCOPE_FDTOP_PROC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "fdtop/model/scan.h"
#include "text.h"

#define PROC_TREND 32 /* counts remembered per process */

enum proc_text {
	PROC_COMM,
	PROC_CMDLINE,
	PROC_EXE,
	PROC_USER,
	PROC_UNIT,
	PROC_CGROUP,
	PROC_CONTAINER,
	PROC_TEXT_CNT
};

/* A pid is used again, and a thread may have a files table of its own.  No padding: it is a key. */
struct proc_id {
	int32_t pid;
	int32_t tid;
	int64_t start_ns;
};

struct proc {
	UT_hash_handle hh;
	struct proc_id id;
	int32_t ppid;
	/* VALUE_UNKNOWN where the daemon cannot tell, VALUE_UNLIMITED of limits. */
	int64_t table, allocated, highest, peak, opens, closes, failures, soft, hard;
	double used, growth, exhaustion; /* NAN: not known, or none */
	char *text[PROC_TEXT_CNT];	 /* escaped; NULL: none */
	bool kthread, zombie;

	char *kinds;			   /* "tcp 60, char 4"; NULL: not asked yet */
	int64_t kinds_ns, kinds_allocated; /* when that was, and with how many descriptors */

	double trend[PROC_TREND]; /* oldest first */
	size_t trend_cnt;
	uint64_t seen;	   /* the last answer that it was in */
	size_t member_cnt; /* of a group; 0: a process */
};

/* One element of /v1/processes, or a sheet.  -EBADMSG, -ENOMEM. */
int proc__parse(const json_t *row, struct proc **ret_proc);
/* The same, read from text; `v` is for the values. */
int proc__scan(struct scan *s, struct scan_value *v, struct proc **ret_proc);
/* Accepts NULL. */
void proc__free(struct proc *p);

/* Takes over from an older state of the same process what an answer does not hold. */
void proc__inherit(struct proc *p, struct proc *old);
void proc__remember(struct proc *p, double count);

/* Never NULL. */
const char *proc__text(const struct proc *p, enum proc_text which);
/* What it runs: command line, or its name in brackets as ps shows kernel threads. */
const char *proc__command(const struct proc *p, struct text *buf);

/* 95, 80 or 0: the highest level that its use of the soft limit has reached. */
int proc__level(const struct proc *p);

#endif
