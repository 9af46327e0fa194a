/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who failed and where: what must be in a failure's record, since it cannot be asked for once the
 * process is gone.
 */
#ifndef FDSCOPE_FAILURE_H
#define FDSCOPE_FAILURE_H

#include "fdscope/record.h"
#include "lib/ktypes.h"
#include "lib/task.h"

_Static_assert(sizeof(struct fds_frame) == sizeof(struct bpf_stack_build_id), "fds_frame");
_Static_assert(FDS_FRAME_FILE == BPF_STACK_BUILD_ID_VALID, "FDS_FRAME_FILE");

#define EXE_NAME_SZ   64 /* longer names are cut */
#define EXE_DEPTH_MAX 16

/* The calls in user space, by address and by file. */
static __always_inline void failure__fill_where(void *ctx, struct fds_failure *f)
{
	long sz = bpf_get_stack(ctx, f->stack, sizeof(f->stack), BPF_F_USER_STACK);

	f->ev.stack_cnt = sz > 0 ? sz / sizeof(f->stack[0]) : 0;
	sz = bpf_get_stack(ctx, f->frames, sizeof(f->frames),
			   BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
	f->frame_cnt = sz > 0 ? sz / sizeof(f->frames[0]) : 0;
}

/* The names from a file up to the root of its file system. */
static __always_inline void fill_path(struct fds_failure *f, struct dentry *dentry)
{
	u32 used = 0;

	for (u32 i = 0; i < EXE_DEPTH_MAX; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		long len;

		if (parent == dentry) {
			f->exe_flags |= FDS_EXE_WHOLE;
			break;
		}
		/* One byte stays for the empty name at the end. */
		if (used > FDS_EXE_SZ - EXE_NAME_SZ - 1)
			break;
		len = bpf_probe_read_kernel_str(f->exe + used, EXE_NAME_SZ,
						BPF_CORE_READ(dentry, d_name.name));
		if (len <= 1 || len >= EXE_NAME_SZ)
			break;
		used += len;
		dentry = parent;
	}
	if (used < FDS_EXE_SZ)
		f->exe[used] = 0;
}

/*
 * A function of its own, so that the verifier keeps nothing of it.  All by probe reads: see
 * event__fill().
 */
static __noinline void failure__fill_who(struct fds_failure *f, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, group_leader, real_parent);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = BPF_CORE_READ(mm, exe_file);

	f->ppid = task__nr(BPF_CORE_READ(parent, group_leader));
	f->cgroup_id = 0;
	if (bpf_core_field_exists(task->cgroups))
		f->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	f->start_code = BPF_CORE_READ(mm, start_code);
	f->end_code = BPF_CORE_READ(mm, end_code);
	f->exe_inode = BPF_CORE_READ(exe, f_inode, i_ino);
	f->exe_dev = BPF_CORE_READ(exe, f_inode, i_sb, s_dev);
	f->exe_flags = 0;
	f->exe[0] = 0;
	if (exe)
		fill_path(f, BPF_CORE_READ(exe, f_path.dentry));
}

#endif
