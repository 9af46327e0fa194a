// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces of lasting traps among all descriptors of the host.
 */
#include "hazard/hazard.h"

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

static __always_inline void trace__fill(struct fds_trace_rec *rec, u32 what,
					struct bpf_iter__task_file *ctx, struct task_struct *task,
					struct file *file)
{
	struct task_struct *leader = task->group_leader;

	rec->what = what;
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
	rec->fd = ctx->fd;
	bpf_probe_read_kernel_str(rec->comm, sizeof(rec->comm), leader->comm);
	bpf_probe_read_kernel_str(rec->name, sizeof(rec->name), file->f_path.dentry->d_name.name);
}

SEC("iter/task_file")
int find_traces(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct fds_trace_rec rec = {};

	if (!task || !file)
		return 0;
	/* Anonymous inodes have no type. */
	if (!(file->f_inode->i_mode & S_IFMT) && is_epoll(file)) {
		trace__fill(&rec, FDS_TRACE_EPOLL, ctx, task, file);
		bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	}
	return 0;
}
