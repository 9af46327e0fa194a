/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * truncate-before-lock: open() with O_TRUNC empties a file before it can be locked, under the hands
 * of whoever holds the lock.  Told when a lock is asked for on an ofd whose open has emptied its
 * file a moment before.  `fd` is the ofd's, `bytes` what was lost, `op` what flock() or fcntl() was
 * asked for, `other_*` one of those who held a lock or waited for one; a struct fds_emptied is
 * behind.
 *
 * The hooks of the `syscall` tier see the file only when it is empty.  There the loss is what the
 * file had when it was last locked, unlocked or, once locked, closed by a call of anybody, and a
 * file that was never locked before is not told of.
 *
 * Misses 32-bit programs, and file systems of the network that empty a file by themselves at open.
 */
#ifndef FDSCOPE_TRUNCATE_BEFORE_LOCK_H
#define FDSCOPE_TRUNCATE_BEFORE_LOCK_H

#include "hazard/hazard.h"

/* A lock that comes later than this has other reasons. */
#define LOCK_SOON_NS (10 * 1000 * 1000 * 1000ull)
/* Locks of an inode that are looked at, of each kind. */
#define LOCKS_MAX 8

struct emptied {
	u64 ns;
	u64 inode; /* its address */
	u64 bytes;
	u32 other; /* tgid, as the kernel counts; 0: not known */
	s32 contended;
};

/*
 * Key: the struct file whose open has emptied its file.  Deleted by its lock and by its end; before
 * its memory is used anew in any case.  What is used least goes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct emptied);
} emptied __weak SEC(".maps");

/* Until when an entry in there is of use; 0: nothing is. */
extern __u64 emptied_until;

struct seen_size {
	u64 inode;
	u64 bytes;    /* when it was last seen with any; 0: never, or these were told as lost */
	u64 empty_ns; /* since when it is empty, as far as that was seen; 0: it is not */
	u32 dev;
	u32 generation;
};

/*
 * How large files were that somebody locks, for the `syscall` tier.  Key: the address of the inode,
 * whose memory may be used anew.  What is used least goes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct seen_size);
} sizes __weak SEC(".maps");

/*
 * When the open with O_TRUNC began that a thread is in, for the `syscall` tier: emptying a file may
 * take so long that others see it empty before the open ends.  Key: bpf_get_current_pid_tgid();
 * deleted by the end of the open.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u64);
} opening __weak SEC(".maps");

/* ---- who else has locks ---- */

#define NOBODY	 0
#define SOMEBODY (1ll << 32) /* other than these it is a tgid as the kernel counts */
#define UNKNOWN	 -1

#define HAS_LOCK_CORE bpf_core_type_exists(struct file_lock_core)
/* A member of the lock that a member of it, a list_head, is at; before 6.9 and since. */
#define LOCK_MEMBER(node, list, member)                                                            \
	({                                                                                         \
		struct file_lock_core *core_ =                                                     \
			(void *)(node)-bpf_core_field_offset(struct file_lock_core, flc_##list);   \
		struct file_lock___whole *whole_ =                                                 \
			(void *)(node)-bpf_core_field_offset(struct file_lock___whole, fl_##list); \
                                                                                                   \
		HAS_LOCK_CORE ? (u64)BPF_CORE_READ(core_, flc_##member)                            \
			      : (u64)BPF_CORE_READ(whole_, fl_##member);                           \
	})

/* Another than `own` that holds one of these locks or waits for it. */
static __noinline s64 find_locker(struct list_head *head, u32 own, struct file *file)
{
	struct list_head *node = BPF_CORE_READ(head, next);

	for (u32 i = 0; i < LOCKS_MAX && node && node != head; i++) {
		s32 pid = LOCK_MEMBER(node, list, pid);
		void *waiters =
			(void *)node +
			(HAS_LOCK_CORE
				 ? bpf_core_field_offset(struct file_lock_core,
							 flc_blocked_requests) -
					   bpf_core_field_offset(struct file_lock_core, flc_list)
				 : bpf_core_field_offset(struct file_lock___whole,
							 fl_blocked_requests) -
					   bpf_core_field_offset(struct file_lock___whole,
								 fl_list));
		struct list_head *waiter = BPF_CORE_READ((struct list_head *)waiters, next);

		/* A lock of an ofd is nobody's. */
		if (pid <= 0 && (struct file *)LOCK_MEMBER(node, list, file) != file)
			return SOMEBODY;
		if (pid > 0 && (u32)pid != own)
			return pid;
		if (waiter && waiter != waiters) {
			pid = LOCK_MEMBER(waiter, blocked_member, pid);
			if ((u32)pid != own)
				return pid > 0 ? pid : SOMEBODY;
		}
		node = BPF_CORE_READ(node, next);
	}
	return NOBODY;
}

static __always_inline s64 find_other(struct task_struct *task, struct inode *inode,
				      struct file *file)
{
	struct file_lock_context *locks;
	u32 own = FETCH(task, tgid);
	s64 other;

	if (!bpf_core_field_exists(inode->i_flctx))
		return UNKNOWN;
	locks = BPF_CORE_READ(inode, i_flctx);
	if (!locks)
		return NOBODY;
	other = find_locker((void *)locks +
				    bpf_core_field_offset(struct file_lock_context, flc_flock),
			    own, file);
	if (other == NOBODY)
		other = find_locker(
			(void *)locks + bpf_core_field_offset(struct file_lock_context, flc_posix),
			own, file);
	return other;
}

static __always_inline void emptied__fill_other(struct emptied *e, s64 other)
{
	if (other == UNKNOWN)
		return;
	e->contended = e->contended > 0 || other != NOBODY;
	if (other > NOBODY && other < SOMEBODY)
		e->other = other;
}

/* ---- what happens to files ---- */

static __always_inline bool is_regular(struct inode *inode)
{
	return inode && (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFREG;
}

/* An open empties, or has emptied, `bytes` of its file. */
static __always_inline void truncate__emptied(struct task_struct *task, struct file *file,
					      struct inode *inode, u64 bytes)
{
	struct emptied e = {
		.ns = bpf_ktime_get_ns(),
		.inode = (u64)inode,
		.bytes = bytes,
		.contended = -1,
	};
	u64 key = (u64)file;

	emptied__fill_other(&e, find_other(task, inode, file));
	bpf_map_update_elem(&emptied, &key, &e, BPF_ANY);
	emptied_until = e.ns + LOCK_SOON_NS;
}

/* do_truncate(), whose first arguments depend on the version. */
static __always_inline void truncate__begins(struct dentry *dentry, u64 len, u32 attrs,
					     struct file *file)
{
	struct inode *inode;
	s64 bytes;

	if (len || !(attrs & ATTR_OPEN) || !file)
		return;
	inode = BPF_CORE_READ(dentry, d_inode);
	bytes = BPF_CORE_READ(inode, i_size);
	if (bytes > 0 && is_regular(inode))
		truncate__emptied(current_task(), file, inode, bytes);
}

/* This struct file's memory is free, or used anew. */
static __always_inline void truncate__forget(struct file *file)
{
	u64 key = (u64)file;

	if (!emptied_until)
		return;
	/* If somebody sets it meanwhile, an entry may stay for nothing. */
	if (bpf_ktime_get_ns() > emptied_until)
		emptied_until = 0;
	else
		bpf_map_delete_elem(&emptied, &key);
}

static __always_inline void truncate__tell(void *ctx, struct task_struct *task, struct file *file,
					   s32 fd, u32 op, struct emptied *e, u64 now)
{
	struct {
		struct fds_hazard h;
		struct fds_emptied more;
	} * rec;
	u32 cnt = hazard__count(FDS_HAZARD_TRUNCATE_BEFORE_LOCK, e->inode, task);

	if (!cnt)
		return;
	emptied__fill_other(e, find_other(task, (void *)e->inode, file));
	rec = event__reserve(sizeof(*rec));
	if (!rec)
		return;
	hazard__fill(ctx, &rec->h, FDS_HAZARD_TRUNCATE_BEFORE_LOCK, task, file, fd);
	rec->h.cnt = cnt;
	rec->h.op = op;
	rec->h.bytes = e->bytes;
	/* As the kernel counts it means nothing in another pid namespace. */
	rec->h.other_tgid = own_level ? 0 : e->other;
	rec->h.extra_sz = sizeof(rec->more);
	rec->more.before_ns = now - e->ns;
	rec->more.contended = e->contended;
	rec->more.pad = 0;
	event__emit_now(&rec->h.at.ev);
}

/* A lock is asked for. */
static __always_inline void truncate__lock(void *ctx, struct task_struct *task, struct file *file,
					   s32 fd, u32 op)
{
	u64 key = (u64)file, now = bpf_ktime_get_ns();
	struct emptied *e = bpf_map_lookup_elem(&emptied, &key), copy;

	if (!e)
		return;
	copy = *e;
	bpf_map_delete_elem(&emptied, &key);
	if (copy.inode == (u64)BPF_CORE_READ(file, f_inode) && now - copy.ns < LOCK_SOON_NS)
		truncate__tell(ctx, task, file, fd, op, &copy, now);
}

static __always_inline bool fcntl_is_lock(u32 cmd)
{
	return cmd == F_SETLK || cmd == F_SETLKW || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
}

/* Whether fcntl() is asked to unlock; `lock` is a struct flock of user space. */
static __always_inline bool fcntl_unlocks(u64 lock)
{
	short type = 0;

	return !bpf_probe_read_user(&type, sizeof(type), (void *)lock) && type == F_UNLCK;
}

static __always_inline void truncate__flock(void *ctx, struct task_struct *task, s32 fd, u32 op)
{
	struct file *file;

	if (op & LOCK_UN)
		return;
	file = file_at(BPF_CORE_READ(task, files), fd);
	if (file)
		truncate__lock(ctx, task, file, fd, op);
}

static __always_inline void truncate__fcntl(void *ctx, struct task_struct *task, s32 fd, u32 cmd,
					    u64 lock)
{
	struct file *file;

	if (!fcntl_is_lock(cmd) || fcntl_unlocks(lock))
		return;
	file = file_at(BPF_CORE_READ(task, files), fd);
	if (file)
		truncate__lock(ctx, task, file, fd, cmd);
}

/* ---- by system calls alone ---- */

static __always_inline bool seen_size__is_of(struct seen_size *s, struct inode *inode)
{
	return s->inode == BPF_CORE_READ(inode, i_ino) &&
	       s->dev == BPF_CORE_READ(inode, i_sb, s_dev) &&
	       s->generation == BPF_CORE_READ(inode, i_generation);
}

static __always_inline void seen_size__set(struct seen_size *s, u64 bytes)
{
	if (bytes)
		s->bytes = bytes;
	if (bytes)
		s->empty_ns = 0;
	else if (!s->empty_ns)
		s->empty_ns = bpf_ktime_get_ns();
}

static __always_inline struct inode *inode_at(struct task_struct *task, s32 fd)
{
	struct file *file = file_at(BPF_CORE_READ(task, files), fd);

	return file ? BPF_CORE_READ(file, f_inode) : NULL;
}

/* A file is locked or unlocked. */
static __always_inline void truncate__note(struct task_struct *task, s32 fd)
{
	struct inode *inode = inode_at(task, fd);
	u64 key = (u64)inode;
	struct seen_size fresh = {}, *s = bpf_map_lookup_elem(&sizes, &key);

	if (s && seen_size__is_of(s, inode)) {
		seen_size__set(s, BPF_CORE_READ(inode, i_size));
	} else if (is_regular(inode)) {
		fresh.inode = BPF_CORE_READ(inode, i_ino);
		fresh.dev = BPF_CORE_READ(inode, i_sb, s_dev);
		fresh.generation = BPF_CORE_READ(inode, i_generation);
		seen_size__set(&fresh, BPF_CORE_READ(inode, i_size));
		bpf_map_update_elem(&sizes, &key, &fresh, BPF_ANY);
	}
}

/* A number is closed: what its file has now, if somebody has locked that. */
static __always_inline void truncate__closed(struct task_struct *task, s32 fd)
{
	struct inode *inode = inode_at(task, fd);
	u64 key = (u64)inode;
	struct seen_size *s = bpf_map_lookup_elem(&sizes, &key);

	if (s && seen_size__is_of(s, inode))
		seen_size__set(s, BPF_CORE_READ(inode, i_size));
}

static __always_inline void truncate__open(u64 flags)
{
	u64 key = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();

	if (flags & O_TRUNC)
		bpf_map_update_elem(&opening, &key, &now, BPF_ANY);
}

/* An open with these flags has ended, with number `fd` or an error. */
static __always_inline void truncate__opened(struct task_struct *task, long fd, u64 flags)
{
	u64 key = bpf_get_current_pid_tgid(), *begun, begun_ns;
	struct file *file = fd < 0 ? NULL : file_at(BPF_CORE_READ(task, files), fd);
	struct inode *inode;
	struct seen_size *s;

	if (file)
		truncate__forget(file);
	if (!(flags & O_TRUNC))
		return;
	begun = bpf_map_lookup_elem(&opening, &key);
	if (!begun)
		return;
	begun_ns = *begun;
	bpf_map_delete_elem(&opening, &key);
	if (!file || BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		return;
	inode = BPF_CORE_READ(file, f_inode);
	key = (u64)inode;
	s = bpf_map_lookup_elem(&sizes, &key);
	if (!s || !s->bytes || !seen_size__is_of(s, inode))
		return;
	if (!s->empty_ns || s->empty_ns >= begun_ns)
		truncate__emptied(task, file, inode, s->bytes);
	s->bytes = 0;
}

#endif
