// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors one by one: the slot, the open file description and the inode behind it.
 */
#include "fdscope/record.h"
#include "lib/ktypes.h"
#include "lib/socket.h"
#include "lib/task.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* What is asked for; set before each iteration.  enum fds_files_what */
__u32 files_what;
__u32 files_tid;   /* descriptors of this task alone; 0: of all that come by */
bool files_brief;  /* only what tells kinds, names and ofds */
bool files_inodes; /* `wanted` has inodes too */
/* FDS_FILES_COUNT: how many ofds have one reference and so stand for themselves. */
__u64 files_single;

/*
 * Key: address of an ofd or of an inode that FDS_FILES_OF_WANTED asks for; filled and emptied by
 * user space.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u64);
	__type(value, u8);
} wanted SEC(".maps");

/* References to an ofd but for the iterator's own. */
static __always_inline u32 count_refs(struct file *file)
{
	if (bpf_core_field_exists(file->f_ref)) /* holds references - 1 */
		return file->f_ref.refcnt.counter;
	return ((struct file___count *)file)->f_count.counter - 1;
}

static __always_inline void fill_socket(struct file *file, struct fds_file_rec *rec)
{
	struct socket *socket = file->private_data;
	struct sock *sk = BPF_CORE_READ(socket, sk);

	rec->sock_type = BPF_CORE_READ(socket, type);
	rec->sock_family = BPF_CORE_READ(sk, __sk_common.skc_family);
}

/* Pipes, FIFOs and sockets: what somebody else may hold the other end of. */
static __always_inline bool has_ends(u32 mode)
{
	return (mode & S_IFMT) == S_IFIFO || (mode & S_IFMT) == S_IFSOCK;
}

static __always_inline bool is_wanted(struct file *file)
{
	u64 key = (u64)file;

	if (bpf_map_lookup_elem(&wanted, &key))
		return true;
	if (!files_inodes || !has_ends(file->f_inode->i_mode))
		return false;
	key = (u64)file->f_inode;
	return bpf_map_lookup_elem(&wanted, &key);
}

/*
 * What a sample needs not: it lies on cache lines of its own, or takes probe reads.  All pointers
 * are those that were checked: a context's is not when it is loaded again.
 */
static __always_inline void fill_rest(struct task_struct *task, struct task_struct *leader,
				      struct file *file, struct fds_file_rec *rec)
{
	struct inode *inode = file->f_inode;
	u32 dev = inode->i_sb->s_dev;
	u64 word = 0;

	rec->tgid = task__nr(leader);
	rec->tid = task__nr(task);
	rec->uid = leader->cred->uid.val;
	rec->euid = leader->cred->euid.val;
	rec->flags = file->f_flags;
	rec->fmode = file->f_mode;
	rec->offset = file->f_pos;
	rec->inode_at = (u64)inode;
	rec->size = inode->i_size;
	rec->blocks = inode->i_blocks;
	rec->rdev = inode->i_rdev;
	rec->nlink = inode->i_nlink;
	rec->major = dev >> 20; /* the kernel's own dev_t: 12 + 20 bits */
	rec->minor = dev & 0xfffff;
	bpf_probe_read_kernel_str(rec->comm, sizeof(rec->comm), leader->comm);
	bpf_probe_read_kernel(&word, sizeof(word), task->files->fdt->close_on_exec + rec->fd / 64);
	rec->cloexec = (word >> (rec->fd % 64)) & 1;
}

static __always_inline void write_detail(struct seq_file *seq, struct file *file,
					 const struct fds_file_rec *rec)
{
	struct fds_detail_rec detail = {};

	if ((rec->mode & S_IFMT) == S_IFSOCK)
		socket__detail(file->private_data, &detail);
	else
		pipe__detail(file->private_data, &detail);
	bpf_seq_write(seq, &detail, sizeof(detail));
}

SEC("iter/task_file")
int task_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct file *file = ctx->file;
	struct fds_file_rec rec = {};
	struct inode *inode;
	u64 ofd = (u64)file;

	if (!task || !file)
		return 0;
	if (files_tid && task__nr(task) != files_tid)
		return 0;
	if (files_what == FDS_FILES_OF_WANTED && !is_wanted(file))
		return 0;
	rec.refs = count_refs(file);
	if (files_what == FDS_FILES_COUNT) {
		if (rec.refs == 1)
			files_single++;
		else
			bpf_seq_write(ctx->meta->seq, &ofd, sizeof(ofd));
		return 0;
	}

	leader = task->group_leader;
	inode = file->f_inode;
	rec.file = ofd;
	rec.files = (u64)task->files;
	rec.start_ns = leader->start_boottime;
	rec.fd = ctx->fd;
	rec.inode = inode->i_ino;
	rec.mode = inode->i_mode;
	if (!files_brief)
		fill_rest(task, leader, file, &rec);
	if ((rec.mode & S_IFMT) == S_IFSOCK)
		fill_socket(file, &rec);
	else
		bpf_probe_read_kernel_str(rec.name, sizeof(rec.name),
					  file->f_path.dentry->d_name.name);
	rec.detailed = files_what == FDS_FILES_OF_TASK && !files_brief && has_ends(rec.mode);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	if (rec.detailed)
		write_detail(ctx->meta->seq, file, &rec);
	return 0;
}
