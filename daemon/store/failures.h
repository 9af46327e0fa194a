/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that were refused by a limit, newest first: one entry for the same call of the same
 * process from the same place, with a count.  Bounded: the one that is quiet longest goes.
 */
#ifndef FDSCOPE_FAILURES_H
#define FDSCOPE_FAILURES_H

#include "base/json.h"
#include "store/store.h"

#define FAILURES_MAX 512

struct failure {
	struct failure *prev, *next;
	uint64_t first_ns, last_ns; /* CLOCK_BOOTTIME */
	uint64_t start_ns;	    /* of the process */
	uint64_t cnt;
	uint32_t pid, tid; /* thread of the last one */
	uint32_t uid, euid;
	char comm[FDS_COMM_SZ + 1];
	int error; /* positive errno; 0: the caller is not told */
	uint32_t cause;
	uint32_t syscall_nr; /* ~0: not known */
	uint32_t allocated;  /* at the last one; FDS_COUNT_UNKNOWN */
	uint64_t soft;
	uint64_t stack_id; /* 0: no stack */
	char *stack;	   /* frames, innermost first, a line each; NULL: none */
};

struct failure_log {
	struct failure *list; /* utlist, newest first */
	size_t cnt;
	uint64_t evicted;
};

/*
 * News of type FAILURE, with the places of its stack as text; returns the entry, NULL: no memory.
 */
const struct failure *failure_log__apply(struct failure_log *log, const struct news *n,
					 uint64_t stack_id, const char *const *places,
					 size_t place_cnt);
/* "nofile" and the like. */
const char *failure__cause_name(uint32_t cause);

void failure_log__done(struct failure_log *log);

/* The call itself, as members of an object: when, what, how often; not whose, and not the stack. */
void failure__emit_call(struct json *j, const struct failure *f,
			const char *(*syscall_name)(uint32_t nr));
/* "stack": its frames, innermost first. */
void failure__emit_stack(struct json *j, const struct failure *f);

#endif
