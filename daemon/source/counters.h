/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters per files table that hooks keep, as user space holds them: an array of slots, and a
 * hash for what finds its slots taken (bpf/lib/tables.h).
 */
#ifndef FDSCOPE_COUNTERS_H
#define FDSCOPE_COUNTERS_H

#include "fdscope/record.h"

#include <stddef.h>
#include <stdint.h>

struct counters {
	int slots_fd, tables_fd; /* of the maps; borrowed */
	uint32_t slot_cnt;	 /* a power of two */
	uint32_t slot_shift;	 /* 32 - log2 of it */
	struct fds_table *slots; /* mapped */
};

/*
 * Decides how many slots there are for at most `max_tables` tables: some times the tasks that run
 * now, so that few find theirs taken.
 */
void counters__init(struct counters *c, uint32_t max_tables);
/* Takes the maps when they are made; 0 or -errno. */
int counters__attach(struct counters *c, int slots_fd, int tables_fd);
void counters__done(struct counters *c);

/* Free the state of tables that no pass has met since `seen_before_ns` (CLOCK_MONOTONIC). */
int counters__sweep(struct counters *c, uint64_t seen_before_ns, size_t *ret_freed);

#endif
