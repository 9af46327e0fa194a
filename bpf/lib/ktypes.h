/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's types as far as we read them.  Field offsets are relocated at load time (CO-RE),
 * so only names and types matter here.  Nothing else of the kernel's layout is relied on.
 */
#ifndef FDSCOPE_KTYPES_H
#define FDSCOPE_KTYPES_H

#include <linux/bpf.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
#ifndef __cplusplus
typedef _Bool bool;
#define true 1
#define false 0
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic_long_t;

typedef struct {
	u32 val;
} kuid_t;

/* ---- tasks ---- */

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct user_namespace {
	int level;
};

/* What a user of one namespace has of what is counted. */
struct ucounts {
	struct user_namespace *ns;
	kuid_t uid;
	atomic_long_t ucount[1];
};

struct percpu_counter {
	s64 count;
	s32 *counters;
};

struct user_struct {
	atomic_long_t epoll_watches;
	atomic_long_t pipe_bufs;
	kuid_t uid;
};

/* Since 5.17: "fs/epoll: use a per-cpu counter for user's watches count". */
struct user_struct___percpu {
	struct percpu_counter epoll_watches;
};

struct cred {
	kuid_t uid;
	kuid_t euid;
	struct user_struct *user;
	struct ucounts *ucounts; /* 5.14: "Add a reference to ucounts for each cred" */
};

/* A map of the array kinds; of those per processor, where in each one's memory a value is. */
struct bpf_array {
	void *pptrs[1];
};

struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

struct signal_struct {
	int nr_threads;
	struct rlimit rlim[16];
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct seccomp {
	int mode;
};

struct thread_info {
	unsigned long flags;
	u32 status; /* x86 */
};

struct io_uring_task;
struct files_struct;
struct file;

struct mm_struct {
	unsigned long start_code;
	unsigned long end_code;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long env_start;
	unsigned long env_end;
	struct file *exe_file;
};

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	struct mm_struct *mm;
	int exit_state;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	u64 start_boottime;
	const struct cred *cred;
	char comm[16];
	struct files_struct *files;
	struct io_uring_task *io_uring; /* 5.10, CONFIG_IO_URING */
	struct signal_struct *signal;
	struct seccomp seccomp; /* CONFIG_SECCOMP */
	u64 parent_exec_id;
	u64 self_exec_id; /* both 32 bits wide before 5.7 */
	struct css_set *cgroups;
};

/* ---- descriptors ---- */

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
	unsigned long *open_fds;
};

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
};

struct super_block {
	u32 s_dev;
	unsigned long s_flags;
};

struct list_head {
	struct list_head *next, *prev;
};

/* The locks on an inode; there since the first one was. */
struct file_lock_context {
	struct list_head flc_flock;
	struct list_head flc_posix;
};

/* A lock, or a wait for one.  6.9: "filelock: split common fields into struct file_lock_core". */
struct file_lock_core {
	struct list_head flc_list;
	struct list_head flc_blocked_requests;
	struct list_head flc_blocked_member;
	s32 flc_pid;
	struct file *flc_file;
};

struct file_lock___whole {
	struct list_head fl_list;
	struct list_head fl_blocked_requests;
	struct list_head fl_blocked_member;
	u32 fl_pid;
	struct file *fl_file;
};

struct inode {
	u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	u32 i_rdev;
	u32 i_generation;
	s64 i_size;
	u64 i_blocks;
	struct file_lock_context *i_flctx; /* CONFIG_FILE_LOCKING */
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct path {
	struct dentry *dentry;
};

typedef struct {
	atomic_long_t refcnt;
} file_ref_t;

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	s64 f_pos;
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
	struct hlist_head *f_ep; /* 5.11: "reverse ep_insert()/ep_remove()"; NULL: none */
	file_ref_t f_ref;	 /* 6.13: "fs: port files to file_ref" */
};

/* Before 6.13 the count of references is a plain one. */
struct file___count {
	atomic_long_t f_count;
};

/* Before 5.11 the epoll instances that watch a file are in a list that begins in it. */
struct file___links {
	struct list_head f_ep_links;
};

struct epoll_filefd {
	struct file *file;
	int fd;
};

struct eventpoll {
	struct file *file;
};

/* A registration of a file in an epoll instance. */
struct epitem {
	struct epoll_filefd ffd;
	struct eventpoll *ep;
	struct hlist_node fllink; /* before 5.11 a list_head; `next` is first in both */
};

/* ---- sockets and pipes ---- */

struct in6_addr {
	u8 bytes[16]; /* the name is ours: only the whole is read */
};

struct sock_common {
	unsigned short skc_family;
	unsigned char skc_state;
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport; /* network order */
	u16 skc_num;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sk_buff_head {
	u32 qlen;
};

typedef struct {
	atomic_t refs;
} refcount_t;

struct sk_backlog {
	atomic_t rmem_alloc;
};

struct socket;

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	struct sk_backlog sk_backlog; /* has no name of its own in the kernel */
	refcount_t sk_wmem_alloc;
	u32 sk_ack_backlog;
	u16 sk_protocol;
	struct socket *sk_socket;
};

struct socket {
	short type;
	struct file *file;
	struct sock *sk;
};

struct tcp_sock {
	u32 rcv_nxt;
	u32 copied_seq;
	u32 write_seq;
	u32 snd_una;
};

struct udp_sock {
	int forward_deficit;
};

struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	int len; /* of the family too */
	struct sockaddr_un name[1];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct netlink_sock {
	u32 portid;
	u32 ngroups;
	unsigned long *groups;
};

struct packet_sock {
	int ifindex;
	u16 num; /* network order */
};

struct pipe_buffer {
	unsigned int len;
};

struct pipe_inode_info {
	unsigned int head;
	unsigned int tail;
	unsigned int max_usage;
	unsigned int ring_size;
	struct pipe_buffer *bufs;
};

/* What inc_ucount() counts per user.  Here the names matter; the values are the kernel's. */
enum ucount_type {
	UCOUNT_INOTIFY_INSTANCES,
	UCOUNT_INOTIFY_WATCHES,
	UCOUNT_FANOTIFY_GROUPS, /* 5.13 */
	UCOUNT_FANOTIFY_MARKS,
};

/* ---- what programs are given ---- */

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* Constants of the kernel's private headers. */
#define PF_IO_WORKER	    0x00000010
#define PF_USER_WORKER	    0x00004000 /* 6.4 */
#define PF_KTHREAD	    0x00200000
#define RLIMIT_NOFILE	    7
#define SECCOMP_MODE_FILTER 2
#define CLONE_PIDFD	    0x00001000
#define F_DUPFD		    0
#define SOL_SOCKET	    1
#define SO_PEERPIDFD	    77 /* 6.5 */
#define F_SETFL		    4
#define F_DUPFD_CLOEXEC	    1030
#define O_NONBLOCK	    04000
#define FIONBIO		    0x5421
#define S_IFMT		    00170000
#define S_IFSOCK	    0140000
#define S_IFIFO		    0010000
#define AF_UNIX		    1
#define AF_INET		    2
#define AF_INET6	    10
#define AF_NETLINK	    16
#define AF_PACKET	    17
#define SOCK_STREAM	    1
#define IPPROTO_TCP	    6
#define IPPROTO_UDP	    17
#define TCP_ESTABLISHED	    1
#define TCP_CLOSE	    7
#define TCP_LISTEN	    10
#define S_IFREG		    0100000
#define ATTR_OPEN	    (1 << 15)
#define FMODE_CREATED	    0x100000
#define O_TRUNC		    01000
#define F_SETLK		    6
#define F_SETLKW	    7
#define F_OFD_SETLK	    37
#define F_OFD_SETLKW	    38
#define F_UNLCK		    2
#define LOCK_UN		    8
#define SB_KERNMOUNT	    (1 << 22)
#define S_IFBLK		    0060000
#define S_IFDIR		    0040000
#define S_IFCHR		    0020000

#define EPOLL_CTL_DEL 2

#define EBADF	  9
#define EFAULT	  14
#define EINVAL	  22
#define ENFILE	  23
#define EMFILE	  24
#define ENOSPC	  28
#define MAX_ERRNO 4095

#endif
