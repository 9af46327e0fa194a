// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces of lasting traps among all descriptors of the host: epoll instances, what they watch, and
 * files without a name.  There may be a million descriptors, so what is surely no trace ends here.
 */
#include "hazard/hazard.h"

/* Registrations of one file that are looked at: of more, those that were made last. */
#define WATCHES_MAX 8

/* Set before each scan: its number, and how many bytes of a deleted file are worth a trace. */
__u32 scan_nr;
__u64 deleted_sz;

/* An epoll instance in a files table. */
struct home {
	u64 epoll; /* address of the struct file */
	u64 files;
};

/*
 * Where epoll instances were met; value: in which scan.  Filled here; what is used least goes,
 * which makes for more traces, but the same findings.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct home);
	__type(value, u32);
} homes SEC(".maps");

/* A name, and the same in words that can be compared. */
union name {
	char text[16];
	u64 words[2];
};

static __always_inline bool is_epoll(struct file *file)
{
	union name name = {}, epoll = {"[eventpoll]"};

	bpf_probe_read_kernel_str(name.text, sizeof(name.text), file->f_path.dentry->d_name.name);
	return name.words[0] == epoll.words[0] && name.words[1] == epoll.words[1];
}

/* ---- registrations: a list that begins in the file; an address of one is that of its link ---- */

/* Where the list ends besides 0: before 5.11 where it began. */
static __always_inline u64 watch__end(struct file *file)
{
	struct file___links *old = (void *)file;
	u64 end = 0;

	if (!bpf_core_field_exists(file->f_ep)) {
		end = (u64)old + bpf_core_field_offset(old->f_ep_links);
		/* Not to be made ready before it is known to be there. */
		asm volatile("" : "+r"(end));
	}
	return end;
}

/* 0: there is none. */
static __always_inline u64 watch__first(struct file *file, u64 end)
{
	u64 first;

	if (bpf_core_field_exists(file->f_ep)) {
		struct hlist_head *list = file->f_ep;

		return list ? (u64)BPF_CORE_READ(list, first) : 0;
	}
	first = (u64)BPF_CORE_READ((struct file___links *)file, f_ep_links.next);
	return first == end ? 0 : first;
}

static __always_inline u64 watch__next(u64 watch, u64 end)
{
	u64 next = 0;

	bpf_probe_read_kernel(&next, sizeof(next), (void *)watch);
	return next == end ? 0 : next;
}

/* By which instance, and under which number. */
static __always_inline u64 watch__read(u64 watch, s32 *ret_fd)
{
	struct epitem *item = (void *)(watch - bpf_core_field_offset(struct epitem, fllink));

	*ret_fd = BPF_CORE_READ(item, ffd.fd);
	return (u64)BPF_CORE_READ(item, ep, file);
}

/*
 * As nearly all are: watched under the number that alone leads to the file, in a table that has the
 * instance too.
 */
static __always_inline bool watch__is_plain(struct files_struct *files, struct file *file, s32 fd,
					    u64 watch)
{
	struct home home = {.files = (u64)files};
	u32 *seen;
	s32 watched_fd;

	home.epoll = watch__read(watch, &watched_fd);
	/* The iterator has a reference of its own. */
	if (watched_fd != fd || file__refs(file) != 2)
		return false;
	seen = bpf_map_lookup_elem(&homes, &home);
	return seen && *seen == scan_nr;
}

/* ---- files without a name ---- */

/*
 * Those of a file system that the kernel mounted for itself never had one: memfd, System V shared
 * memory, /dev/zero, the memory of graphics.
 */
static __always_inline bool is_deleted(struct inode *inode)
{
	return (inode->i_mode & S_IFMT) == S_IFREG && !inode->i_nlink &&
	       !(inode->i_sb->s_flags & SB_KERNMOUNT);
}

/* Some file systems (xfs, overlay) count blocks elsewhere: then as many as there may be. */
static __always_inline u64 held_bytes(struct inode *inode)
{
	u64 blocks = inode->i_blocks;

	return blocks ? blocks * 512 : inode->i_size;
}

static __always_inline void trace__fill(struct fds_trace_rec *rec, struct task_struct *task,
					struct file *file)
{
	struct task_struct *leader = task->group_leader;

	rec->file = (u64)file;
	rec->files = (u64)task->files;
	rec->start_ns = leader->start_boottime;
	rec->inode = file->f_inode->i_ino;
	rec->dev = file->f_inode->i_sb->s_dev;
	rec->tgid = task__nr(leader);
	rec->tid = task__nr(task);
	rec->uid = leader->cred->uid.val;
	rec->euid = leader->cred->euid.val;
	rec->flags = file->f_flags;
	rec->fmode = file->f_mode;
	bpf_probe_read_kernel_str(rec->comm, sizeof(rec->comm), leader->comm);
	bpf_probe_read_kernel_str(rec->name, sizeof(rec->name), file->f_path.dentry->d_name.name);
}

static __always_inline void trace__emit(struct bpf_iter__task_file *ctx, struct fds_trace_rec *rec,
					u32 what)
{
	rec->what = what;
	bpf_seq_write(ctx->meta->seq, rec, sizeof(*rec));
}

SEC("iter/task_file")
int find_traces(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct fds_trace_rec rec = {};
	bool epoll = false, deleted = false;
	u64 watch = 0, end = 0;

	if (!task || !file)
		return 0;
	/* Anonymous inodes have no type. */
	if ((hazard__is_enabled(FDS_HAZARD_EPOLL_FORK) ||
	     hazard__is_enabled(FDS_HAZARD_EPOLL_STALE)) &&
	    !(file->f_inode->i_mode & S_IFMT))
		epoll = is_epoll(file);
	if (hazard__is_enabled(FDS_HAZARD_DELETED_OPEN) && is_deleted(file->f_inode)) {
		rec.bytes = held_bytes(file->f_inode);
		deleted = rec.bytes >= deleted_sz;
	}
	rec.fd = ctx->fd;
	if (hazard__is_enabled(FDS_HAZARD_EPOLL_STALE)) {
		end = watch__end(file);
		watch = watch__first(file, end);
		if (watch && watch__is_plain(task->files, file, rec.fd, watch))
			watch = watch__next(watch, end);
	}
	if (!epoll && !deleted && !watch)
		return 0;

	trace__fill(&rec, task, file);
	if (epoll) {
		struct home home = {rec.file, rec.files};

		if (hazard__is_enabled(FDS_HAZARD_EPOLL_STALE))
			bpf_map_update_elem(&homes, &home, &scan_nr, BPF_ANY);
		trace__emit(ctx, &rec, FDS_TRACE_EPOLL);
	}
	if (deleted)
		trace__emit(ctx, &rec, FDS_TRACE_DELETED);
	for (int i = 0; i < WATCHES_MAX && watch; i++) {
		rec.epoll = watch__read(watch, &rec.watched_fd);
		trace__emit(ctx, &rec, FDS_TRACE_WATCHED);
		watch = watch__next(watch, end);
	}
	return 0;
}
