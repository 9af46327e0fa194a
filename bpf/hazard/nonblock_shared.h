/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nonblock-shared: O_NONBLOCK belongs to the ofd, so that who sets it on a pipe or terminal that it
 * has from another sets it for that one too.  Told when a call is about to change it on an ofd with
 * more than one reference; whether another process holds it is for user space to find out.  Files
 * that never let anybody wait are left out.  Misses 32-bit programs.  `op` is FDS_NONBLOCK_*,
 * `flags` what they were before.
 */
#ifndef FDSCOPE_NONBLOCK_SHARED_H
#define FDSCOPE_NONBLOCK_SHARED_H

#include "hazard/hazard.h"

#define MEM_MAJOR 1 /* /dev/null, /dev/zero, ... */

static __always_inline bool can_block(struct file *file)
{
	switch (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFBLK:
		return false;
	case S_IFCHR:
		return FDS_DEV_MAJOR(BPF_CORE_READ(file, f_inode, i_rdev)) != MEM_MAJOR;
	}
	return true;
}

static __always_inline void nonblock_shared__set(void *ctx, u32 fd, bool on, u32 op)
{
	struct task_struct *task = current_task();
	struct file *file = file_at(BPF_CORE_READ(task, files), fd);
	struct fds_hazard *h;
	u32 cnt;

	if (!file || on == !!(BPF_CORE_READ(file, f_flags) & O_NONBLOCK) || file__refs(file) < 2 ||
	    !can_block(file))
		return;
	op |= on ? FDS_NONBLOCK_ON : 0;
	cnt = hazard__count(FDS_HAZARD_NONBLOCK_SHARED, (u64)file ^ op, task);
	if (!cnt)
		return;
	h = event__reserve(sizeof(*h));
	if (!h)
		return;
	hazard__fill(ctx, h, FDS_HAZARD_NONBLOCK_SHARED, task, file, fd);
	h->cnt = cnt;
	h->op = op;
	event__emit_now(&h->at.ev);
}

/* fcntl() begins. */
static __always_inline void nonblock_shared__fcntl(void *ctx, u32 fd, u32 cmd, u64 arg)
{
	if (cmd == F_SETFL && hazard__is_enabled(FDS_HAZARD_NONBLOCK_SHARED))
		nonblock_shared__set(ctx, fd, arg & O_NONBLOCK, 0);
}

/* ioctl() begins. */
static __always_inline void nonblock_shared__ioctl(void *ctx, u32 fd, u32 cmd, u64 arg)
{
	int on;

	if (cmd == FIONBIO && !bpf_probe_read_user(&on, sizeof(on), (void *)arg))
		nonblock_shared__set(ctx, fd, on, FDS_NONBLOCK_IOCTL);
}

#endif
