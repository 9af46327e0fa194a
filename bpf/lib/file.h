/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A descriptor's record from its slot, the open file description and the inode behind it.  All
 * pointers are those that were checked: a context's is not when it is loaded again.
 */
#ifndef FDSCOPE_FILE_H
#define FDSCOPE_FILE_H

#include "fdscope/record.h"
#include "lib/ktypes.h"
#include "lib/task.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* References to an ofd but for the iterator's own. */
static __always_inline u32 file__refs(struct file *file)
{
	if (bpf_core_field_exists(file->f_ref)) /* holds references - 1 */
		return file->f_ref.refcnt.counter;
	return ((struct file___count *)file)->f_count.counter - 1;
}

static __always_inline bool file__is_socket(struct file *file)
{
	return (file->f_inode->i_mode & S_IFMT) == S_IFSOCK;
}

static __always_inline void file__fill_task(struct task_struct *task, struct fds_file_rec *rec)
{
	struct task_struct *leader = task->group_leader;

	rec->files = (u64)task->files;
	rec->start_ns = leader->start_boottime;
	rec->tgid = task__nr(leader);
	rec->tid = task__nr(task);
	rec->uid = leader->cred->uid.val;
	rec->euid = leader->cred->euid.val;
	bpf_probe_read_kernel_str(rec->comm, sizeof(rec->comm), leader->comm);
}

static __always_inline void file__fill_inode(struct file *file, struct fds_file_rec *rec)
{
	struct inode *inode = file->f_inode;
	u32 dev = inode->i_sb->s_dev;

	rec->inode = inode->i_ino;
	rec->inode_at = (u64)inode;
	rec->size = inode->i_size;
	rec->blocks = inode->i_blocks;
	rec->rdev = inode->i_rdev;
	rec->mode = inode->i_mode;
	rec->nlink = inode->i_nlink;
	rec->major = FDS_DEV_MAJOR(dev);
	rec->minor = FDS_DEV_MINOR(dev);
}

/* All but the name of a file that is no socket; `rec` is zero but for `fd`. */
static __always_inline void file__fill(struct task_struct *task, struct file *file,
				       struct fds_file_rec *rec)
{
	u64 word = 0;

	file__fill_task(task, rec);
	file__fill_inode(file, rec);
	rec->file = (u64)file;
	rec->refs = file__refs(file);
	rec->flags = file->f_flags;
	rec->fmode = file->f_mode;
	rec->offset = file->f_pos;
	bpf_probe_read_kernel(&word, sizeof(word), task->files->fdt->close_on_exec + rec->fd / 64);
	rec->cloexec = (word >> (rec->fd % 64)) & 1;
	if (file__is_socket(file)) {
		struct socket *socket = file->private_data;

		rec->sock_type = BPF_CORE_READ(socket, type);
		rec->sock_family = BPF_CORE_READ(socket, sk, __sk_common.skc_family);
	}
}

#endif
