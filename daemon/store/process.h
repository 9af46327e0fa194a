/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row of the answers: a process with its files table, or a thread that has unshared its own.
 * Owned by the store; valid until the next truth pass.
 */
#ifndef FDSCOPE_PROCESS_H
#define FDSCOPE_PROCESS_H

#include "store/table.h"

#include <stdbool.h>
#include <sys/types.h>

struct identity; /* source/identity.h */

struct process_key {
	uint32_t pid; /* tgid */
	uint32_t tid; /* == pid, but for a thread with a table of its own */
};

struct process {
	struct process_key key;
	uint32_t table_tid; /* the thread whose table this is (a zombie leader has none) */
	uint32_t ppid;
	uint32_t ns_pid;
	uint32_t uid;
	uint32_t euid;
	uint32_t threads;
	bool kthread;
	bool zombie;
	uint8_t level; /* per cent of soft that was last told as reached; 0: below all */
	uint64_t start_ns;
	uint64_t exec_id;
	uint64_t cgroup_id; /* of the cgroup v2 tree; 0: not known */
	uint64_t soft;	    /* FDS_RLIM_INFINITY: unlimited */
	uint64_t hard;
	uint32_t below_soft;	   /* numbers below the soft limit that are taken */
	struct table *table;	   /* NULL: none (zombie) */
	uint64_t table_id;	   /* of the table at the end of the last whole pass; 0: none */
	struct identity *identity; /* NULL: not asked for yet; see store__identify() */
	uint64_t identity_exec;	   /* exec_id that `identity` was read at, */
	uint64_t identity_cgroup;  /* and cgroup_id, */
	uint64_t identity_ns;	   /* and the pass of that time */
	char *unit;		   /* as /proc told it for units.h; NULL: none, or not asked */
	bool unit_told;
	uint64_t unit_exec, unit_cgroup; /* exec_id and cgroup_id that it was told at */
	uint32_t alerts; /* the detector's own: bits 1 << kind of rule that has a state for it */
	double exhaustion_s; /* at steady growth, see detect/outlook.h; negative: none */
	uint64_t pass;
	char comm[FDS_COMM_SZ + 1];
	UT_hash_handle hh;
};

/*
 * Allocated descriptors in parts of the soft limit, above 1 where numbers past the limit are in
 * use; of a limit of 0 in parts of 1.  Negative: no limit or no table.
 */
double process__used_ratio(const struct process *p);

/* Numbers below the soft limit that are free: opens that will still succeed.  FDS_RLIM_INFINITY. */
uint64_t process__room(const struct process *p);

/*
 * Seconds until the soft limit is reached: at the steady growth if there is one, else at that of
 * the last minute; negative: never or unknown.
 */
double process__exhaustion_s(const struct process *p, uint64_t now_ns);

/* Whether a peer may see this process: all, or processes that are wholly its own. */
struct viewer {
	bool all;
	uid_t uid;
};

static inline bool viewer__check(const struct viewer *v, uint32_t uid, uint32_t euid)
{
	return v->all || (uid == v->uid && euid == v->uid);
}

#endif
