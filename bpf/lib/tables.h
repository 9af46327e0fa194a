/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters per files table, and how they are compared with the truth.
 */
#ifndef FDSCOPE_TABLES_H
#define FDSCOPE_TABLES_H

#include "fdscope/record.h"
#include "lib/ktypes.h"

#include <bpf/bpf_helpers.h>

/*
 * Key: address of the files_struct.  Made by the hooks when a table is born and by the first
 * truth pass for those that were there before; deleted by the exit hook of the last user, and by
 * user space when two passes did not meet the table.  Size and BPF_F_NO_PREALLOC are set at load.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct fds_table);
} tables __weak SEC(".maps");

/* What got lost on the kernel side, by enum fds_counter. */
extern __u64 lost[FDS_COUNT_MAX];

static __always_inline struct fds_table *table__find(struct files_struct *files)
{
	u64 key = (u64)files;

	return bpf_map_lookup_elem(&tables, &key);
}

static __always_inline void table__set(struct files_struct *files, const struct fds_table *t)
{
	u64 key = (u64)files;

	if (bpf_map_update_elem(&tables, &key, t, BPF_ANY))
		__sync_fetch_and_add(&lost[FDS_COUNT_TABLE_FULL], 1);
}

static __always_inline void table__raise_peak(struct fds_table *t)
{
	s64 n = t->installed;

	if (t->dirty == FDS_DIRT_LARGE)
		return;
	/* Two racing writers may leave the lower value; the next pass knows the present count. */
	if (n > (s64)t->peak)
		t->peak = n;
}

#endif
