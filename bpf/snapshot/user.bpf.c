// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What users have of what there is a limit per user on: inotify instances and watches, epoll
 * watches, pages of pipes.  Read by way of their processes; a user without any has next to nothing.
 * Misses what users of inner user namespaces have.
 */
#include "fdscope/record.h"
#include "lib/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define CPUS_MAX 512

/*
 * Holds nothing: it is of interest where each processor has its value, since the kernel's own
 * variables of that kind lie as far apart.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} yardstick SEC(".maps");

/* Addresses of it and of a value, as numbers: written as the verifier's pointers and read back. */
volatile __u64 yardstick_addr, yardstick_place;

/* Whether this kernel tells inotify's part; known after the first run. */
_Bool tells_ucounts;

/* The user met last: many processes in a row are of one. */
__u64 last_user;

static __always_inline u64 read_ucount(struct ucounts *ucounts, u32 type)
{
	u64 n = 0;

	bpf_probe_read_kernel(&n, sizeof(n),
			      (void *)ucounts + bpf_core_field_offset(ucounts->ucount) +
				      type * sizeof(n));
	return n;
}

#define UCOUNT_OF(ucounts, name)                                                                   \
	(bpf_core_enum_value_exists(enum ucount_type, name)                                        \
		 ? read_ucount((ucounts), bpf_core_enum_value(enum ucount_type, name))             \
		 : FDS_UNKNOWN)

/* They are counted by effective user; of a process with two the record is of the real one. */
static __always_inline void fill_inotify(const struct cred *cred, struct fds_user_rec *rec)
{
	struct ucounts *ucounts;

	if (!bpf_core_field_exists(cred->ucounts))
		return;
	tells_ucounts = 1;
	ucounts = BPF_CORE_READ(cred, ucounts);
	if (!ucounts || BPF_CORE_READ(ucounts, ns, level) ||
	    BPF_CORE_READ(ucounts, uid.val) != rec->uid)
		return;
	rec->use[FDS_USER_INOTIFY_INSTANCES] = UCOUNT_OF(ucounts, UCOUNT_INOTIFY_INSTANCES);
	rec->use[FDS_USER_INOTIFY_WATCHES] = UCOUNT_OF(ucounts, UCOUNT_INOTIFY_WATCHES);
}

/* What processors have counted by themselves, not yet in the sum; false: cannot be told. */
static __always_inline bool sum_processors(u64 counters, s64 *sum)
{
	u64 base = 0;
	u32 key = 0;

	/* 5.19: "bpf: add bpf_map_lookup_percpu_elem for percpu map" */
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_map_lookup_percpu_elem))
		return false;
	yardstick_addr = (u64)&yardstick;
	if (bpf_probe_read_kernel(
		    &base, sizeof(base),
		    (void *)(yardstick_addr + bpf_core_field_offset(struct bpf_array, pptrs))))
		return false;
	for (u32 cpu = 0; cpu < CPUS_MAX; cpu++) {
		u64 *there = bpf_map_lookup_percpu_elem(&yardstick, &key, cpu);
		s32 n = 0;

		if (!there) /* there are no more */
			return true;
		yardstick_place = (u64)there;
		bpf_probe_read_kernel(&n, sizeof(n), (void *)(counters + yardstick_place - base));
		*sum += n;
	}
	return false;
}

static __always_inline void fill_epoll(struct user_struct *user, struct fds_user_rec *rec)
{
	struct user_struct___percpu *percpu = (void *)user;
	u64 counters;
	s64 sum;

	if (!bpf_core_field_exists(user->epoll_watches)) /* CONFIG_EPOLL */
		return;
	if (bpf_core_field_size(user->epoll_watches) == sizeof(sum)) {
		rec->use[FDS_USER_EPOLL_WATCHES] = BPF_CORE_READ(user, epoll_watches.counter);
		return;
	}
	sum = BPF_CORE_READ(percpu, epoll_watches.count);
	if (bpf_core_field_exists(percpu->epoll_watches.counters)) { /* CONFIG_SMP */
		counters = (u64)BPF_CORE_READ(percpu, epoll_watches.counters);
		if (!sum_processors(counters, &sum))
			rec->flags |= FDS_USER_EPOLL_APPROXIMATE;
	}
	rec->use[FDS_USER_EPOLL_WATCHES] = sum < 0 ? 0 : sum;
}

SEC("iter/task")
int user(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct fds_user_rec rec = {};
	struct user_struct *owner;
	const struct cred *cred;

	if (ctx->meta->seq_num == 0)
		last_user = 0;
	if (!task || task != task->group_leader)
		return 0;
	cred = BPF_CORE_READ(task, cred);
	owner = BPF_CORE_READ(cred, user);
	if (!owner || (u64)owner == last_user)
		return 0;
	for (u32 i = 0; i < FDS_USER_LIMIT_CNT; i++)
		rec.use[i] = FDS_UNKNOWN;
	rec.uid = BPF_CORE_READ(owner, uid.val);
	fill_inotify(cred, &rec);
	fill_epoll(owner, &rec);
	rec.use[FDS_USER_PIPE_PAGES] = BPF_CORE_READ(owner, pipe_bufs.counter);
	/* Where its inotify part is not to be had, another process of the user may tell. */
	if (rec.use[FDS_USER_INOTIFY_INSTANCES] != FDS_UNKNOWN || !tells_ucounts)
		last_user = (u64)owner;
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}
