// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors of the whole host with their whole names: all of them, or those that a question is
 * about.  The question is answered here, so that of 200,000 descriptors only the wanted ones are
 * written down.
 */
#include "fdscope/record.h"
#include "lib/file.h"
#include "lib/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* What who_file is to give; set before each iteration. */
struct fds_wanted wanted_file;

/*
 * Whether names come from bpf_d_path(), which iterators may call since 5.12 ("bpf: Allow
 * bpf_d_path in bpf_iter program"): the text that /proc/PID/fd shows.  Where it is refused this is
 * false, and the verifier drops the call.
 */
const volatile bool has_d_path;

/* ---- what only this file reads ---- */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock_common___ports {
	u16 skc_num;   /* local, 0: none */
	u16 skc_dport; /* of the other end, big-endian; 0: none */
};

struct sock___ports {
	struct sock_common___ports __sk_common;
};

struct dentry___inode {
	struct inode *d_inode;
};

struct path___inode {
	struct dentry___inode *dentry;
};

struct unix_sock___path {
	struct path___inode path; /* that it is bound to, or that of the listener that it is from */
};

#pragma clang attribute pop

#define SOCK_RAW_ 3
#define S_IFREG_  0100000

/*
 * The record under way, with its name behind it.  In memory of a map: it does not fit the stack.
 * One reader iterates at a time, so one does.
 */
struct {
	struct fds_host_file_rec rec;
	char name[2 * FDS_PATH_SZ]; /* twice, for the verifier's sake */
} host_file;

struct ports {
	u16 local, remote; /* 0: none */
};

static __always_inline struct ports read_ports(struct file *file)
{
	struct socket *socket = file->private_data;
	struct sock *sk = BPF_CORE_READ(socket, sk);
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family), remote;
	struct ports ports = {};

	/* The "port" of a raw socket is its protocol. */
	if ((family != AF_INET && family != AF_INET6) ||
	    (u16)BPF_CORE_READ(socket, type) == SOCK_RAW_)
		return ports;
	ports.local = BPF_CORE_READ((struct sock___ports *)sk, __sk_common.skc_num);
	remote = BPF_CORE_READ((struct sock___ports *)sk, __sk_common.skc_dport);
	ports.remote = bpf_ntohs(remote);
	return ports;
}

/* Whether it is a Unix socket that is bound to this inode, or was accepted from one that is. */
static __always_inline bool is_bound_to(struct file *file, u64 node)
{
	struct socket *socket = file->private_data;
	struct sock *sk = BPF_CORE_READ(socket, sk);

	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return false;
	return (u64)BPF_CORE_READ((struct unix_sock___path *)sk, path.dentry, d_inode) == node;
}

static __always_inline bool is_wanted(struct bpf_iter__task_file *ctx, struct task_struct *task,
				      struct file *file)
{
	struct inode *inode = file->f_inode;
	struct ports ports;

	switch (wanted_file.how) {
	case FDS_WANTED_FD:
		return ctx->fd == wanted_file.fd && task__nr(task) == wanted_file.tgid;
	case FDS_WANTED_NODE:
		return (u64)inode == wanted_file.node ||
		       (file__is_socket(file) && is_bound_to(file, wanted_file.node));
	case FDS_WANTED_INODE:
		return inode->i_ino == wanted_file.inode && inode->i_sb->s_dev == wanted_file.dev;
	case FDS_WANTED_OFD:
		return (u64)file == wanted_file.ofd;
	case FDS_WANTED_PORT:
		if (!file__is_socket(file))
			return false;
		ports = read_ports(file);
		return ports.local == wanted_file.port || ports.remote == wanted_file.port;
	case FDS_WANTED_DELETED:
		return !inode->i_nlink && (inode->i_mode & S_IFMT) == S_IFREG_;
	default:
		return false;
	}
}

static __always_inline int give(struct bpf_iter__task_file *ctx, struct task_struct *task,
				struct file *file)
{
	struct fds_host_file_rec *rec = &host_file.rec;
	long len = -EINVAL;
	u64 sz;

	__builtin_memset(rec, 0, sizeof(*rec));
	rec->file.fd = ctx->fd;
	file__fill(task, file, &rec->file);
	if (file__is_socket(file)) {
		struct ports ports = read_ports(file);

		rec->local_port = ports.local;
		rec->remote_port = ports.remote;
	} else {
		bpf_probe_read_kernel_str(rec->file.name, sizeof(rec->file.name),
					  file->f_path.dentry->d_name.name);
	}
	if (has_d_path)
		len = bpf_d_path(&file->f_path, host_file.name, FDS_PATH_SZ);
	rec->name_len = len;
	if (len < 0)
		len = 0;
	sz = sizeof(*rec) + (((u64)len + 7) & (2 * FDS_PATH_SZ - 8));
	rec->sz = sz;
	bpf_seq_write(ctx->meta->seq, &host_file, sz);
	return 0;
}

/* Every descriptor. */
SEC("iter/task_file")
int every_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file)
		return 0;
	return give(ctx, task, file);
}

/* Those that `wanted_file` is about. */
SEC("iter/task_file")
int who_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file)
		return 0;
	if (!is_wanted(ctx, task, file))
		return 0;
	return give(ctx, task, file);
}
