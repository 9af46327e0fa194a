/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of the last answer, and what is remembered of those that were in earlier ones.
 * A list is parsed apart from the rest (proc_list, in the thread that asks) and then applied.
 */
#ifndef FDSCOPE_FDTOP_PROCS_H
#define FDSCOPE_FDTOP_PROCS_H

#include "fdtop/model/proc.h"

#define PROCS_KEEP 60 /* answers for which a process that is in none of them is remembered */

/* A parsed answer of /v1/processes. */
struct proc_list {
	struct proc **proc;
	size_t cnt;
	int64_t total; /* processes before the limit */
	int64_t generated_ns;
	char *tier;
};

/* -EBADMSG, -ENOMEM. */
int proc_list__parse(const char *body, size_t sz, struct proc_list **ret_list);
/* Accepts NULL. */
void proc_list__free(struct proc_list *list);

struct procs {
	struct proc *by_id; /* all that are known */
	struct proc **row;  /* those of the last answer */
	size_t row_cnt;
	int64_t total;
	int64_t generated_ns;
	uint64_t generation; /* answers so far */
};

void procs__done(struct procs *ps);
/* Takes what the list holds; the caller frees the rest.  -ENOMEM: nothing has changed. */
int procs__apply(struct procs *ps, struct proc_list *list);
struct proc *procs__find(const struct procs *ps, const struct proc_id *id);
/* The process itself rather than one of its threads. */
struct proc *procs__find_pid(const struct procs *ps, int32_t pid);

static inline bool procs__is_whole(const struct procs *ps)
{
	return ps->total <= (int64_t)ps->row_cnt;
}

#endif
