/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way out of the kernel for events: reserve, fill, submit; count what found no room.
 */
#ifndef FDSCOPE_RING_H
#define FDSCOPE_RING_H

#include "fdscope/record.h"
#include "lib/lost.h"
#include "lib/task.h"

/* All events of all hooks; drained by the daemon.  Size is set at load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring __weak SEC(".maps");

/* Bits 1 << enum fds_event_type: the optional types that somebody listens to now. */
extern __u32 wanted_events;

/* Room for a record; NULL: there is none, and counted.  `sz` is a constant. */
static __always_inline void *event__reserve(u64 sz)
{
	void *ev = bpf_ringbuf_reserve(&ring, sz, 0);

	if (!ev)
		__sync_fetch_and_add(&lost[FDS_COUNT_RING_FULL], 1);
	return ev;
}

/*
 * What all records tell of `task`.  With probe reads although direct loads would do: this is off
 * the hot path, and the verifier looks up each direct load by name in all of the kernel's types,
 * about a millisecond each at load.
 */
static __always_inline void event__fill(struct fds_event *ev, u32 type, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct rlimit lim = {};

	__builtin_memset(ev, 0, sizeof(*ev));
	BPF_CORE_READ_INTO(&lim, task, signal, rlim[RLIMIT_NOFILE]);
	ev->type = type;
	ev->time_ns = bpf_ktime_get_boot_ns();
	ev->files = (u64)BPF_CORE_READ(task, files);
	ev->start_ns = BPF_CORE_READ(leader, start_boottime);
	ev->tgid = task__nr(leader);
	ev->tid = task__nr(task);
	ev->uid = BPF_CORE_READ(leader, cred, uid.val);
	ev->euid = BPF_CORE_READ(leader, cred, euid.val);
	ev->soft = lim.rlim_cur;
	ev->hard = lim.rlim_max;
	ev->syscall_nr = ~0u;
	BPF_CORE_READ_STR_INTO(&ev->comm, leader, comm);
}

static __always_inline struct fds_event *event__new(u32 type, struct task_struct *task)
{
	struct fds_event *ev = event__reserve(sizeof(*ev));

	if (ev)
		event__fill(ev, type, task);
	return ev;
}

/* For what somebody must hear at once: a record behind unread ones does not wake by itself. */
static __always_inline void event__emit_now(struct fds_event *ev)
{
	bpf_ringbuf_submit(ev, BPF_RB_FORCE_WAKEUP);
}

/* For floods: the daemon comes by on a timer, or when the ring is half full. */
static __always_inline void event__emit_later(struct fds_event *ev)
{
	u64 size = bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE);
	u64 used = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);

	bpf_ringbuf_submit(ev, used > size / 2 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
