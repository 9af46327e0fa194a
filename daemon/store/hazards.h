/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traps that programs stepped into, newest first: one entry for the same trap of the same
 * program, with a count.  Bounded: the one that is quiet longest goes.
 */
#ifndef FDSCOPE_HAZARDS_H
#define FDSCOPE_HAZARDS_H

#include "base/json.h"
#include "fdscope/kinds.h"
#include "fdscope/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HAZARDS_MAX	  512
#define HAZARD_KEY_SZ	  192
#define HAZARD_NAME_SZ	  256
#define HAZARD_SUMMARY_SZ 384

/* One step, as a judge found it: borrowed texts. */
struct hazard_step {
	enum fds_hazard_kind kind;
	uint64_t time_ns; /* CLOCK_BOOTTIME */
	uint32_t cnt;	  /* steps that it stands for; 0: it is more of the last one */
	bool lasts;	  /* a state that was told: time_ns is when it was seen last, not counted */
	/* Who. */
	uint32_t pid, tid;
	uint32_t uid, euid;
	uint64_t start_ns;
	const char *comm;
	const char *exe;	/* NULL: not known */
	uint32_t other_pid;	/* 0: no other process is part of it */
	const char *other_comm; /* NULL: none */
	/* What. */
	int32_t fd, target_fd, other_fd; /* -1: none */
	const char *op;			 /* what was done; NULL */
	uint64_t ofd;			 /* identity as in the lists of files; 0: none */
	uint32_t dev;			 /* as the kernel writes it; 0 with inode 0: none */
	uint64_t inode;
	const char *name; /* NULL: none, or not known */
	uint64_t bytes;	  /* lost or held; FDS_UNKNOWN */
	int contended;	  /* whether another held or waited for a lock; -1: not known */
	const char *summary;
	/* What makes it the same as another beside kind, user and program; may be "". */
	const char *key;
	/* The calls that led to it. */
	uint64_t stack_id; /* 0: none */
	const char *const *places;
	size_t place_cnt;
};

struct hazard {
	struct hazard *prev, *next;
	char key[HAZARD_KEY_SZ];
	enum fds_hazard_kind kind;
	uint64_t first_ns, last_ns, cnt, last_cnt, start_ns, ofd, inode, bytes, stack_id;
	uint32_t pid, tid, uid, euid, other_pid, dev;
	int32_t fd, target_fd, other_fd;
	int contended;
	bool goes_on; /* the last step was a state that was there before: no news */
	char comm[FDS_COMM_SZ + 1], other_comm[FDS_COMM_SZ + 1], op[24];
	char name[HAZARD_NAME_SZ]; /* "": none */
	char *exe;		   /* NULL: not known */
	char summary[HAZARD_SUMMARY_SZ];
	char *stack; /* frames, innermost first, a line each; NULL: none */
};

struct hazard_log {
	struct hazard *list; /* utlist, newest first */
	size_t cnt;
	uint64_t evicted;
	uint64_t steps[FDS_HAZARD_CNT]; /* since the start */
};

/* The entry, or NULL: no memory.  *ret_news (may be NULL): it was not there yet. */
const struct hazard *hazard_log__apply(struct hazard_log *log, const struct hazard_step *step,
				       bool *ret_news);
void hazard_log__done(struct hazard_log *log);

extern const char *const hazard_names[FDS_HAZARD_CNT];
extern const char *const hazard_texts[FDS_HAZARD_CNT]; /* the trap in words */
enum fds_severity hazard__severity(enum fds_hazard_kind kind);

/* Members of an object: whose, what, when, how often; with its stack or without. */
void hazard__emit(struct json *j, const struct hazard *h, bool with_stack);

#endif
