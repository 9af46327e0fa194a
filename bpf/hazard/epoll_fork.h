/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoll-fork: fork does not copy an epoll instance, so a child that changes the one it has from its
 * parent changes the parent's.  Told when an instance is changed from another process than its
 * maker's, while the maker still holds it.  A close is no change.  Misses changes by 32-bit
 * programs and by io_uring.  `fd` is the instance's number, `target_fd` what is watched, `op`
 * EPOLL_CTL_*, `other_*` the maker.
 */
#ifndef FDSCOPE_EPOLL_FORK_H
#define FDSCOPE_EPOLL_FORK_H

#include "hazard/hazard.h"

/*
 * Key: the struct file of an epoll instance.  Filled when one is made, by user space for those that
 * were there before, or by the first change; what is used least goes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct fds_maker);
} makers __weak SEC(".maps");

/*
 * Tables of makers that live: their memory alone does not tell, since what is freed keeps its
 * contents for a while.  Key: address of the files_struct; value: start of the process.  Filled
 * with `makers`, deleted with the last user of the table.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u64);
} maker_tables __weak SEC(".maps");

/* The last user of a table ends. */
static __always_inline void epoll_fork__gone(struct files_struct *files)
{
	u64 key = (u64)files;

	bpf_map_delete_elem(&maker_tables, &key);
}

static __always_inline bool epoll_fork__holds(const struct fds_maker *m, struct file *file)
{
	u64 key = m->files, *start = bpf_map_lookup_elem(&maker_tables, &key);

	return start && *start == m->start_ns && file_at((void *)m->files, m->fd) == file;
}

static __always_inline void epoll_fork__make(struct task_struct *task, struct files_struct *files,
					     struct file *file, s32 fd)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct fds_maker m = {
		.files = (u64)files,
		.start_ns = BPF_CORE_READ(leader, start_boottime),
		.tgid = task__nr(leader),
		.kernel_tgid = BPF_CORE_READ(task, tgid),
		.fd = fd,
	};
	u64 key = (u64)file, table = (u64)files;

	BPF_CORE_READ_STR_INTO(&m.comm, leader, comm);
	bpf_map_update_elem(&maker_tables, &table, &m.start_ns, BPF_ANY);
	bpf_map_update_elem(&makers, &key, &m, BPF_ANY);
}

/* An epoll instance was made; or an error. */
static __always_inline void epoll_fork__created(struct task_struct *task, long fd)
{
	struct files_struct *files = BPF_CORE_READ(task, files);
	struct file *file;

	if (fd < 0)
		return;
	file = file_at(files, fd);
	if (file)
		epoll_fork__make(task, files, file, fd);
}

/* epoll_ctl() has done what was asked. */
static __always_inline void epoll_fork__changed(void *ctx, struct task_struct *task, s32 epfd,
						s32 op, s32 fd)
{
	struct files_struct *files = BPF_CORE_READ(task, files);
	struct file *file = file_at(files, epfd);
	struct fds_hazard *h;
	u64 key = (u64)file;
	struct fds_maker *m;
	u32 cnt;

	if (!file)
		return;
	m = bpf_map_lookup_elem(&makers, &key);
	if (m && (m->files == (u64)files || m->kernel_tgid == (u32)BPF_CORE_READ(task, tgid)))
		return;
	/* The maker gave it up or is gone: it is the caller's now. */
	if (!m || !epoll_fork__holds(m, file)) {
		epoll_fork__make(task, files, file, epfd);
		return;
	}
	cnt = hazard__count(FDS_HAZARD_EPOLL_FORK, key ^ op, task);
	if (!cnt)
		return;
	h = event__reserve(sizeof(*h));
	if (!h)
		return;
	hazard__fill(ctx, h, FDS_HAZARD_EPOLL_FORK, task, file, epfd);
	h->cnt = cnt;
	h->op = op;
	h->target_fd = fd;
	h->other_tgid = m->tgid;
	h->other_start_ns = m->start_ns;
	h->other_fd = m->fd;
	__builtin_memcpy(h->other_comm, m->comm, sizeof(h->other_comm));
	event__emit_now(&h->at.ev);
}

#endif
