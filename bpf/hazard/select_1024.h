/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * select-1024: an fd_set has room for the numbers below 1024; FD_SET() of another writes beyond it,
 * and so does the kernel with its answer, as far as the table goes.  Told when select() is asked
 * for more, and once of each program that uses it at all: user space watches what numbers that one
 * gets.  A select() over no numbers is a sleep.  Misses 32-bit programs.
 */
#ifndef FDSCOPE_SELECT_1024_H
#define FDSCOPE_SELECT_1024_H

#include "hazard/hazard.h"

#define WORDS_MAX 64 /* of a table's bitmap that are searched: 4096 numbers */

struct selecting {
	u64 start_ns;
	u64 exec_id;
};

/*
 * Programs of which it is told that they use select().  Key: tgid as the kernel counts.  Told
 * again after it was evicted, as what is used least is.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct selecting);
} selecting __weak SEC(".maps");

/* The highest number in use; -1: it is not near the end of the table, so not known. */
static __noinline s32 find_highest(struct fdtable *fdt, u32 max_fds)
{
	unsigned long *words = BPF_CORE_READ(fdt, open_fds);

	for (u32 i = 1; i <= WORDS_MAX && i <= max_fds / 64; i++) {
		u32 at = max_fds / 64 - i, bit = 63;
		u64 word = 0;

		bpf_probe_read_kernel(&word, sizeof(word), words + at);
		if (!word)
			continue;
		/* Where the first one is, in six steps. */
		for (u32 half = 32; half; half /= 2)
			if (!(word >> (64 - half))) {
				word <<= half;
				bit -= half;
			}
		return at * 64 + bit;
	}
	return -1;
}

static __always_inline void select_1024__called(void *ctx, struct task_struct *task, s32 nfds)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct selecting now = {}, *known;
	struct {
		struct fds_hazard h;
		struct fds_select more;
	} * rec;
	u32 key = bpf_get_current_pid_tgid() >> 32, cnt = 1;

	if (nfds <= 0)
		return;
	now.start_ns = BPF_CORE_READ(leader, start_boottime);
	now.exec_id = BPF_CORE_READ(leader, self_exec_id);
	known = bpf_map_lookup_elem(&selecting, &key);
	if (nfds > FDS_SELECT_MAX)
		cnt = hazard__count(FDS_HAZARD_SELECT_1024, 0, task);
	else if (known && known->start_ns == now.start_ns && known->exec_id == now.exec_id)
		return;
	if (!cnt)
		return;
	rec = event__reserve(sizeof(*rec));
	if (!rec)
		return;
	hazard__fill(ctx, &rec->h, FDS_HAZARD_SELECT_1024, task, NULL, -1);
	rec->h.cnt = cnt;
	rec->h.extra_sz = sizeof(rec->more);
	rec->more.exec_id = now.exec_id;
	rec->more.nfds = nfds;
	rec->more.max_fds = BPF_CORE_READ(fdt, max_fds);
	rec->more.highest = find_highest(fdt, rec->more.max_fds);
	rec->more.pad = 0;
	event__emit_now(&rec->h.at.ev);
	bpf_map_update_elem(&selecting, &key, &now, BPF_ANY);
}

#endif
