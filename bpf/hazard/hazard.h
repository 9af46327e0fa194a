/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all hazards share: a record of who did it and where, the file behind a number, and that the
 * same is not told over and over.
 */
#ifndef FDSCOPE_HAZARD_H
#define FDSCOPE_HAZARD_H

#include "fdscope/record.h"
#include "lib/arch.h"
#include "lib/failure.h"
#include "lib/ktypes.h"
#include "lib/ring.h"
#include "lib/task.h"

/* The same trap of the same process is told once in this time; between, it is counted. */
#define HAZARD_HOLD_NS (1000 * 1000 * 1000ull)

/* Bits 1 << enum fds_hazard_kind: what is watched for. */
extern const volatile __u32 enabled_hazards;

static __always_inline bool hazard__is_enabled(u32 kind)
{
	return enabled_hazards & (1u << kind);
}

struct told_key {
	u64 what; /* the kind's own: an ofd, a number */
	u32 tgid;
	u32 kind;
};

struct told {
	u64 ns;
	u32 held_back;
	u32 pad;
};

/* When a trap was told last.  Filled here; what is used least goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct told_key);
	__type(value, struct told);
} told __weak SEC(".maps");

/* How many steps a record of it now stands for; 0: it is too soon for one. */
static __always_inline u32 hazard__count(u32 kind, u64 what, struct task_struct *task)
{
	struct told_key key = {
		.what = what,
		.tgid = FETCH(task, tgid),
		.kind = kind,
	};
	struct told *last = bpf_map_lookup_elem(&told, &key), first = {.ns = bpf_ktime_get_ns()};
	u32 cnt;

	if (!last) {
		bpf_map_update_elem(&told, &key, &first, BPF_ANY);
		return 1;
	}
	if (first.ns - last->ns < HAZARD_HOLD_NS) {
		__sync_fetch_and_add(&last->held_back, 1);
		return 0;
	}
	cnt = last->held_back + 1;
	last->ns = first.ns;
	last->held_back = 0;
	return cnt;
}

/* The file under a number of a table; NULL: none. */
static __always_inline struct file *file_at(struct files_struct *files, u32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(files, fdt);
	struct file *file = NULL;

	if (fd < BPF_CORE_READ(fdt, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(fdt, fd) + fd);
	return file;
}

/* References to an ofd; while a call is under way its own may be among them. */
static __always_inline u32 file__refs(struct file *file)
{
	if (bpf_core_field_exists(file->f_ref)) /* holds references - 1 */
		return BPF_CORE_READ(file, f_ref.refcnt.counter) + 1;
	return BPF_CORE_READ((struct file___count *)file, f_count.counter);
}

/* Who `task` is that does it to `file`, which it has as number `fd`. */
static __always_inline void hazard__fill_who(struct fds_hazard *h, u32 kind,
					     struct task_struct *task, struct file *file, s32 fd)
{
	__builtin_memset(&h->file, 0, sizeof(*h) - sizeof(h->at));
	event__fill(&h->at.ev, FDS_EVENT_HAZARD, task);
	h->at.frame_cnt = 0;
	h->at.ev.syscall_nr = current_syscall(task);
	failure__fill_who(&h->at, task);
	h->kind = kind;
	h->fd = fd;
	h->target_fd = h->other_fd = -1;
	h->file = (u64)file;
	if (!file)
		return;
	h->inode = BPF_CORE_READ(file, f_inode, i_ino);
	h->dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	h->mode = BPF_CORE_READ(file, f_inode, i_mode);
	h->flags = BPF_CORE_READ(file, f_flags);
	h->refs = file__refs(file);
	bpf_probe_read_kernel_str(h->name, sizeof(h->name),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
}

/* The same, and by which calls; `ctx` is the program's own. */
static __always_inline void hazard__fill(void *ctx, struct fds_hazard *h, u32 kind,
					 struct task_struct *task, struct file *file, s32 fd)
{
	hazard__fill_who(h, kind, task, file, fd);
	failure__fill_where(ctx, &h->at);
}

#endif
