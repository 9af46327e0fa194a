/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One files table (files_struct) as user space knows it: counts of the last truth pass, counters
 * of the kernel side, and how it went.  Owned by the store.
 */
#ifndef FDSCOPE_TABLE_H
#define FDSCOPE_TABLE_H

#include "fdscope/record.h"
#include "store/growth.h"
#include "store/history.h"

#include <stdint.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct table {
	uint64_t addr;	  /* the kernel's address: key, never shown */
	uint64_t id;	  /* ours: from 1 upward, never used again */
	uint32_t users;	  /* rows that use it: processes, and threads with a table of their own */
	uint32_t row_pid; /* process of the last such row in this pass */
	uint32_t allocated;
	uint32_t installed;
	int32_t highest;    /* -1: none */
	uint32_t peak;	    /* most allocated since first seen */
	uint32_t pass_peak; /* the same by the records of this pass alone */
	uint32_t max_fds;
	uint64_t opens; /* FDS_UNKNOWN where the tier does not count */
	uint64_t closes;
	uint64_t failures;
	uint64_t summed_opens; /* of opens and closes what is in the sums of the store */
	uint64_t summed_closes;
	struct growth growth;
	struct history history;
	uint64_t judged_ns;  /* detect/outlook.c's: when it last looked for a trend, */
	double steady_per_s; /* and the growth that it found; 0: none */
	uint64_t pass;	     /* last pass that met it */
	uint64_t mark;	     /* last walk that counted it: sums over distinct tables */
	int inherited;	     /* in this pass, a process that already used it was met */
	UT_hash_handle hh;
};

static inline uint32_t table__reserved(const struct table *t)
{
	return t->allocated - t->installed;
}

#endif
