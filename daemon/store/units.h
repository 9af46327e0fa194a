/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Systemd units and how their counts went: the sum over the distinct files tables of their
 * processes.  A unit that is gone is remembered for an hour, so that one that restarts goes on.
 */
#ifndef FDSCOPE_UNITS_H
#define FDSCOPE_UNITS_H

#include "store/process.h"

#define UNIT_CNT_MAX 10000 /* those beyond have no history, and are counted */

struct unit {
	char *name;
	uint32_t allocated; /* in the last pass */
	uint32_t tables;    /* in the last pass; 0: it is gone */
	uint64_t met_ns;    /* begin of the last pass that met it */
	struct history history;
	UT_hash_handle hh;
};

/*
 * What names cgroups by their ids: a cgroup never changes its unit.  But a process may have left it
 * between the pass that met it there and the look at /proc: what was learnt from one is believed
 * for good when the next pass meets it there too.
 */
struct unit_cgroup {
	uint64_t id;
	struct unit *unit;	    /* NULL: in none */
	uint64_t pass;		    /* last that met it */
	struct process_key witness; /* pid 0: confirmed */
	uint64_t witness_ns;	    /* its start */
	UT_hash_handle hh;
};

struct units {
	struct unit *list; /* uthash, key = name */
	struct unit_cgroup *cgroups;
	uint64_t refused;  /* met and not kept for want of room */
	bool root_is_none; /* cgroup v2 alone: what is in its root is in no unit */
};

void units__done(struct units *u);

/* The walk of a pass over distinct tables: begin, one add each, end. */
void units__begin_pass(struct units *u);

/*
 * The unit of a cgroup that was met before; false: it has to be told with units__learn().
 * Cgroup 0 (not known) never was, nor the root, 1, where all are that live in cgroups v1.
 */
bool units__find_cgroup(struct units *u, uint64_t cgroup_id, uint64_t pass, struct unit **ret);

/*
 * The unit of that name, NULL for none, made if new; of the process's cgroup.  NULL: none, or no
 * room.
 */
struct unit *units__learn(struct units *u, const struct process *witness, uint64_t pass,
			  const char *name);

/* Forget or confirm: `find` gives the row of a process as the new pass met it, or NULL. */
void units__confirm(struct units *u, uint64_t pass,
		    const struct process *(*find)(void *ctx, struct process_key key), void *ctx);

void units__add(struct unit *unit, uint32_t allocated);
void units__end_pass(struct units *u, uint64_t pass, uint64_t now_ns);

struct unit *units__find(const struct units *u, const char *name);

static inline struct unit *units__next(const struct unit *unit)
{
	return unit->hh.next;
}

#endif
