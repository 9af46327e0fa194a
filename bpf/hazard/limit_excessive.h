/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limit-excessive: a program closes every number up to its limit, one call each, and the limit is
 * high.  Told when 4,096 numbers in a row that lie close together and are not open were closed,
 * and each time that it were twice as many.  Misses 32-bit programs.  `fd` is the last number, `op`
 * how many there were so far, `bytes` 1 if they had been told of before; the limit is in `at.ev`.
 */
#ifndef FDSCOPE_LIMIT_EXCESSIVE_H
#define FDSCOPE_LIMIT_EXCESSIVE_H

#include "hazard/hazard.h"

#define ROW_MIN	    4096
#define ROW_GAP	    64 /* numbers in between that were open, or left out */
#define ROW_HOLD_NS (10 * 1000 * 1000 * 1000ull) /* within which there are ROW_MIN */

struct row {
	u64 ns; /* of the first, then of every ROW_MIN */
	u32 fd; /* the last */
	u32 cnt;
	s32 step; /* 1: upwards, -1: downwards, 0: not known yet */
	u32 pad;
};

/* Key: tgid, as the kernel counts.  Filled by a close of nothing; what is used least goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct row);
} rows __weak SEC(".maps");

/* A number was closed that is not open. */
static __always_inline void limit_excessive__missed(void *ctx, struct task_struct *task, u32 fd)
{
	u32 tgid = BPF_CORE_READ(task, tgid), cnt;
	struct row *row = bpf_map_lookup_elem(&rows, &tgid);
	struct row first = {.fd = fd, .cnt = 1};
	struct fds_hazard *h;
	s32 step;

	if (!row) {
		first.ns = bpf_ktime_get_ns();
		bpf_map_update_elem(&rows, &tgid, &first, BPF_ANY);
		return;
	}
	/* One way, and not far: who closes twice what it had goes up and down. */
	step = fd > row->fd ? 1 : -1;
	if (fd == row->fd || (fd - row->fd) * step > ROW_GAP || row->step == -step) {
		row->ns = bpf_ktime_get_ns();
		row->fd = fd;
		row->cnt = 1;
		row->step = 0;
		return;
	}
	row->step = step;
	row->fd = fd;
	cnt = ++row->cnt;
	if (cnt % ROW_MIN)
		return;
	first.ns = bpf_ktime_get_ns();
	if (first.ns - row->ns > ROW_HOLD_NS) {
		row->cnt = 0;
		row->ns = first.ns;
		return;
	}
	row->ns = first.ns;
	if (cnt & (cnt - 1))
		return;
	h = event__reserve(sizeof(*h));
	if (!h)
		return;
	hazard__fill(ctx, h, FDS_HAZARD_LIMIT_EXCESSIVE, task, NULL, fd);
	h->cnt = 1;
	h->op = cnt;
	h->bytes = cnt > ROW_MIN;
	event__emit_now(&h->at.ev);
}

/* close() begins. */
static __always_inline void limit_excessive__closes(void *ctx, u32 fd)
{
	struct task_struct *task = current_task();

	if (!file_at(FETCH(task, files), fd))
		limit_excessive__missed(ctx, task, fd);
}

#endif
