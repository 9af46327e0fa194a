/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be done in each of the kernel functions that a change of a files table, or a refusal,
 * goes through; whatever the way of getting there, so that every way covers the same set.
 */
#ifndef FDSCOPE_ROLES_H
#define FDSCOPE_ROLES_H

#include "lib/account.h"
#include "lib/arch.h"
#include "lib/ktypes.h"

static __always_inline bool is_error(u64 ptr)
{
	return ptr >= (u64)-MAX_ERRNO;
}

static __always_inline void apply_failure(void *ctx, u32 cause, s32 error)
{
	struct task_struct *task = current_task();

	account__failure(ctx, task, cause, error, current_syscall(task));
}

/* There is no number below the limit, whatever the system call makes of that. */
static __always_inline void apply_no_number(void *ctx, int error)
{
	if (error == -EMFILE)
		apply_failure(ctx, FDS_CAUSE_NOFILE, EMFILE);
}

/* The running task has one descriptor more. */
static __always_inline void apply_open(void)
{
	struct task_struct *task = current_task();
	struct files_struct *files = FETCH(task, files);
	struct fds_table *t = table__find(files);

	if (t) {
		account__open(t, 1);
		return;
	}
	if (!files)
		return;
	/* It is in the count already, and so is what others are about to tell. */
	t = account__birth(task, files);
	if (t && t->dirty == FDS_CLEAN)
		t->dirty = FDS_DIRT_SMALL;
}

/*
 * A number was asked for.  All that adds a descriptor comes by here, but dup2 and the copying of
 * tables; and as the number is the limited good, one hook sees both what is had and what is
 * refused.
 */
static __always_inline void apply_alloc(void *ctx, int fd)
{
	if (fd < 0)
		apply_no_number(ctx, fd);
	else
		apply_open();
}

/* No file came to the number. */
static __always_inline void apply_unused(void)
{
	struct task_struct *task = current_task();
	struct fds_table *t = table__find(FETCH(task, files));

	if (t)
		account__unopen(t);
}

/*
 * dup2 and its kin put a file under a number that may be in use: what was there is closed as any
 * file, and counted there.  At the entry, since that closing may take its time; the table is locked
 * by the caller, and only a number reserved by an open() under way is refused.
 */
static __always_inline void apply_dup2(struct files_struct *files, u32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(files, fdt);
	struct fds_table *t = table__find(files);
	u64 file = 0, word = 0;

	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(fdt, fd) + fd);
	bpf_probe_read_kernel(&word, sizeof(word), BPF_CORE_READ(fdt, open_fds) + fd / WORD_BITS);
	if (t && (file || !(word & (1ull << (fd % WORD_BITS)))))
		account__open(t, 1);
}

/* A file gave up a number in this table; NULL where it had none. */
static __always_inline void apply_close(struct files_struct *files)
{
	struct fds_table *t = table__find(files);

	if (t)
		account__close(t);
}

/* A table was copied, for fork, unshare, exec or close_range; nobody uses the copy yet. */
static __always_inline void apply_copy(u64 files)
{
	if (files && !is_error(files))
		account__birth(current_task(), (void *)files);
}

/* A number that the caller names: at or above the limit it is refused, with an error that does not
 * say why.
 */
static __always_inline void apply_named_number(void *ctx, s32 fd, s32 error)
{
	struct task_struct *task = current_task();

	if (fd >= 0 && (u64)fd >= BPF_CORE_READ(task, signal, rlim[RLIMIT_NOFILE].rlim_cur))
		apply_failure(ctx, FDS_CAUSE_NOFILE, error);
}

#define UCOUNT_IS(type, name)                                                                      \
	(bpf_core_enum_value_exists(enum ucount_type, name) &&                                     \
	 (type) == bpf_core_enum_value(enum ucount_type, name))

/* A user may have no more of what inc_ucount() counts. */
static __always_inline void apply_ucount_refusal(void *ctx, u32 type)
{
	if (UCOUNT_IS(type, UCOUNT_INOTIFY_INSTANCES))
		apply_failure(ctx, FDS_CAUSE_INOTIFY_INSTANCES, EMFILE);
	else if (UCOUNT_IS(type, UCOUNT_INOTIFY_WATCHES))
		apply_failure(ctx, FDS_CAUSE_INOTIFY_WATCHES, ENOSPC);
	else if (UCOUNT_IS(type, UCOUNT_FANOTIFY_GROUPS))
		apply_failure(ctx, FDS_CAUSE_FANOTIFY_GROUPS, EMFILE);
	else if (UCOUNT_IS(type, UCOUNT_FANOTIFY_MARKS))
		apply_failure(ctx, FDS_CAUSE_FANOTIFY_MARKS, ENOSPC);
}

static __always_inline void apply_limit(struct task_struct *target)
{
	account__limit(current_task(), task__nr(BPF_CORE_READ(target, group_leader)),
		       BPF_CORE_READ(target, files));
}

#endif
