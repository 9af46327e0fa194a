/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the host: records go in (truth passes, events), answers and news come out.
 * Knows neither libbpf nor sockets, so that it is tested with no kernel at all.
 */
#ifndef FDSCOPE_STORE_H
#define FDSCOPE_STORE_H

#include "fdscope/kinds.h"
#include "fdscope/record.h"
#include "store/process.h"
#include "store/units.h"

#include <stdbool.h>
#include <stddef.h>

#define STORE_LEVEL_CNT 8
#define STORE_TOLD_MAX	64 /* levels of processes not yet known that are remembered for a pass */

/* A level that an event told of a process which no pass has met yet. */
struct store_told {
	uint64_t start_ns;
	uint32_t pid;
	uint8_t level;
};

struct hazard; /* store/hazards.h */

/* One line of /v1/events; which fields count depends on the type. */
struct news {
	enum fds_news type;
	uint64_t time_ns;
	uint64_t start_ns; /* of the process */
	uint32_t pid;
	uint32_t tid;
	uint32_t uid;
	uint32_t euid;
	char comm[FDS_COMM_SZ + 1];
	uint32_t level;			   /* LEVEL: per cent */
	bool up;			   /* LEVEL: risen to it, or fallen below */
	uint32_t allocated;		   /* LEVEL, FAILURE */
	int32_t highest;		   /* LEVEL */
	uint64_t soft, hard;		   /* LEVEL, FAILURE, LIMIT */
	uint64_t old_soft, old_hard;	   /* LIMIT */
	bool old_unknown;		   /* LIMIT: of a process that no pass had met */
	int error;			   /* FAILURE: positive errno */
	uint32_t cause;			   /* FAILURE: enum fds_cause */
	const struct fds_failure *failure; /* FAILURE, HAZARD: who, where; NULL: not known */
	uint32_t syscall_nr;		   /* FAILURE: ~0 unknown */
	uint32_t held_back;		   /* FAILURE: failures since the last such line */
	uint32_t child;			   /* FORK */
	int64_t drift;			   /* DRIFT */
	const char *why;		   /* RESYNC: a static text; ALERT: a sentence */
	uint64_t alert_id;		   /* ALERT: of its incident */
	const char *rule;		   /* ALERT */
	uint32_t step;			   /* ALERT: enum alert_step */
	uint32_t severity;		   /* ALERT: enum fds_severity; of CLEAR the one it had */
	const struct hazard *hazard;	   /* HAZARD: borrowed */
	bool goes_on;			   /* HAZARD: a state that was told and still lasts */
	bool of_user;			   /* ALERT: about a user, not a process */
};

struct store_totals {
	uint32_t processes; /* thread group leaders, kernel threads and zombies too */
	uint32_t threads;
	uint32_t tables;    /* distinct, the kernel threads' one not counted */
	uint64_t allocated; /* over distinct tables */
	uint64_t installed;
};

struct store {
	struct process *processes; /* uthash, key = struct process_key */
	struct table *tables;	   /* uthash, key = addr */
	struct units units;
	uint64_t pass;	  /* number of the current or last pass */
	uint64_t pass_ns; /* CLOCK_BOOTTIME at its begin; 0: none yet */
	uint64_t next_table_id;
	uint64_t mark;	    /* see table.mark */
	uint64_t drift;	    /* sum of |unexplained differences| repaired */
	uint64_t corrected; /* sum of |explained differences| set right */
	uint64_t refused;   /* rows not kept for want of memory */
	/* Descriptors made and closed, as passes met it: of tables that are gone too. */
	uint64_t opens, closes;
	bool counting; /* the tier counts them */
	struct store_totals totals;
	uint8_t levels[STORE_LEVEL_CNT]; /* per cent, ascending; 0 ends */

	struct store_told told[STORE_TOLD_MAX];
	unsigned int told_cnt;

	struct fds_task_rec *pending; /* thread records of the running pass */
	size_t pending_cnt, pending_cap;

	/* Where news go; called from apply functions. */
	void (*on_news)(void *ctx, const struct news *n);
	/* Fill in who a process is; 0 or -errno. */
	int (*identify)(void *ctx, uint32_t pid, struct identity **ret);
	/* Its unit alone, NULL in *ret: none; 0 or -errno. */
	int (*find_unit)(void *ctx, uint32_t pid, char **ret);
	void *ctx;
};

void store__init(struct store *s);
void store__done(struct store *s);

/* A truth pass: begin, one apply per record, end.  What was not met between is forgotten. */
void store__begin_pass(struct store *s, uint64_t now_ns);
int store__apply_task(struct store *s, const struct fds_task_rec *rec);
void store__end_pass(struct store *s);

/* A record of the ring buffer; one of type FAILURE is a whole struct fds_failure. */
void store__apply_event(struct store *s, const struct fds_event *ev);

struct process *store__find(const struct store *s, uint32_t pid, uint32_t tid);

/* Who the process is, read on first need and again after an exec; NULL: cannot be read. */
const struct identity *store__identify(struct store *s, struct process *p);

/* All rows: for (p = store__first(s); p; p = store__next(p)). */
static inline struct process *store__first(const struct store *s)
{
	return s->processes;
}

static inline struct process *store__next(const struct process *p)
{
	return p->hh.next;
}

#endif
