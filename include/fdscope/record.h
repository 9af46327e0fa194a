/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only thing BPF programs and user space share: the records that leave the kernel, the state
 * kept per files table, and the knobs.  Fixed-width types, explicit padding, sizes asserted in
 * both builds.  Kernel addresses in here never leave the daemon.
 */
#ifndef FDSCOPE_RECORD_H
#define FDSCOPE_RECORD_H

#include "fdscope/kinds.h"

#include <linux/types.h>

#define FDS_COMM_SZ	  16
#define FDS_NAME_SZ	  32
#define FDS_SYSCALL_CNT	  1024	      /* system calls with a number below it can have an action */
#define FDS_UNKNOWN	  (~(__u64)0) /* a counter that this tier does not keep */
#define FDS_COUNT_UNKNOWN (~(__u32)0) /* of descriptors, in a record of the ring */
#define FDS_RLIM_INFINITY (~(__u64)0)
/* A level counts as left when use has fallen this many per cent of the limit below it. */
#define FDS_LEVEL_HYSTERESIS 5

/* One task with a files table of its own, or a process without one; from the task iterator. */
struct fds_task_rec {
	__u64 files;	 /* address of the files_struct; 0: none (a zombie) */
	__u64 start_ns;	 /* start of the thread group leader, CLOCK_BOOTTIME */
	__u64 exec_id;	 /* changes with each exec */
	__u64 cgroup_id; /* of the cgroup v2 tree; 0: not known */
	__u64 soft;	 /* RLIMIT_NOFILE; FDS_RLIM_INFINITY: none */
	__u64 hard;
	__u64 opens; /* since the table is tracked; FDS_UNKNOWN without a tier that counts */
	__u64 closes;
	__u64 failures;
	__s64 drift;	 /* unexplained difference that this pass repaired in the counters */
	__s64 corrected; /* explained difference (fds_table.dirty, .async) set right in this pass */
	__u32 tgid;	 /* in the pid namespace of the daemon, as all pids here */
	__u32 tid;
	__u32 ppid;
	__u32 ns_tgid; /* in the task's own pid namespace */
	__u32 uid;
	__u32 euid;
	__u32 allocated;  /* bits set in open_fds: what RLIMIT_NOFILE is about */
	__u32 installed;  /* of these, the slots that hold a file: what /proc/PID/fd lists */
	__u32 below_soft; /* allocated numbers below the soft limit: the others are free */
	__s32 highest;	  /* highest allocated number; -1: none */
	__u32 peak;	  /* most descriptors seen by the counters; 0 without them */
	__s32 counted;	  /* count of the counters before repair; -1: not tracked */
	__u32 threads;
	__u32 flags;   /* FDS_TASK_* */
	__u32 max_fds; /* slots the table has room for */
	__u32 pad;
	char comm[FDS_COMM_SZ];
};

#define FDS_TASK_KTHREAD 1u
#define FDS_TASK_ZOMBIE	 2u
#define FDS_TASK_TORN	 4u /* the table changed hands while it was read: numbers not usable */
#define FDS_TASK_SHARED	 8u /* files->count > 1: more than one task uses the table */

/* One descriptor; from the task_file iterator. */
struct fds_file_rec {
	__u64 file;	/* address of the struct file: the open file description */
	__u64 files;	/* address of the files_struct */
	__u64 start_ns; /* of the thread group leader */
	__u64 inode;
	__u64 inode_at; /* address of the inode; 0: not told, as in a brief record */
	__u64 offset;
	__u64 size;
	__u64 blocks; /* of 512 bytes, on disk */
	__u32 tgid;
	__u32 tid;
	__u32 uid;
	__u32 euid;
	__u32 fd;
	__u32 refs;  /* references to the struct file, ours not counted */
	__u32 flags; /* f_flags: O_* */
	__u32 fmode; /* f_mode: FDS_FMODE_* */
	__u32 mode;  /* i_mode; anonymous inodes have no type bits */
	__u32 nlink;
	__u32 major;
	__u32 minor;
	__u32 rdev; /* of a device: FDS_DEV_MAJOR(), FDS_DEV_MINOR() */
	__u16 cloexec;
	__u16 detailed;		/* 1: a struct fds_detail_rec follows */
	__u16 sock_family;	/* AF_*; 0: no socket */
	__u16 sock_type;	/* SOCK_* */
	char name[FDS_NAME_SZ]; /* last part of the path, cut: enough to tell the anonymous kinds */
	char comm[FDS_COMM_SZ];
};

#define FDS_UNIX_PATH_SZ 108

/*
 * What the kernel alone tells of a socket or a pipe; behind the record of its descriptor, where all
 * of one process are listed.
 */
struct fds_detail_rec {
	__u64 peer_at;	  /* Unix: address of the peer's inode; 0: none */
	__u64 peer_inode; /* Unix: its number */
	/*
	 * As /proc/net has them: bytes, of a TCP listener connections; Unix: messages and bytes,
	 * pipe: bytes and capacity in pages.  FDS_COUNT_UNKNOWN: not known.
	 */
	__u32 recv_queue;
	__u32 send_queue;
	__u32 id;     /* netlink: port id; packet: index of the interface, 0: all */
	__u32 groups; /* netlink: the first 32 multicast groups, as bits */
	__u16 protocol;
	__u8 state; /* TCP_ESTABLISHED ... of linux/tcp_states.h; Unix: 10 listens, else connected
		     */
	__u8 flags; /* FDS_DETAIL_* */
	__u16 local_port;
	__u16 remote_port;
	__u16 path_sz; /* of `path`, which may begin with NUL; 0: no name */
	__u16 pad;
	union {
		struct {
			__u8 local[16]; /* IPv4: the first four bytes */
			__u8 remote[16];
		};
		char path[FDS_UNIX_PATH_SZ];
	};
};

#define FDS_DETAIL_PEERS_PATH 1u /* `path` is the peer's; the socket itself has none */

#define FDS_FMODE_READ	1u
#define FDS_FMODE_WRITE 2u

/* What a file iteration emits. */
enum fds_files_what {
	FDS_FILES_OF_TASK,   /* every descriptor in the table of one task */
	FDS_FILES_OF_WANTED, /* every descriptor on an ofd or inode that is in the map `wanted` */
	FDS_FILES_ALL,	     /* every descriptor of the host */
	FDS_FILES_COUNT, /* none: ofds with one reference are counted, the others' addresses given
			  */
};

#define FDS_PATH_SZ 4096 /* bytes of a whole name, its NUL counted */

/* A descriptor of the host with its whole name, from the iterators of all of them. */
struct fds_host_file_rec {
	__u32 sz;	   /* bytes of the record and the name behind it */
	__s32 name_len;	   /* of the name, its NUL counted; -errno: why there is none */
	__u16 local_port;  /* of inet sockets; 0: none */
	__u16 remote_port; /* the same */
	__u32 pad;
	struct fds_file_rec file;
	/* Then the name, and zeros up to a multiple of 8 bytes. */
};

/* How a descriptor is wanted. */
enum fds_wanted_how {
	FDS_WANTED_FD,	    /* number `fd` of process `tgid` */
	FDS_WANTED_NODE,    /* on the inode at address `node`, or a Unix socket bound to it */
	FDS_WANTED_INODE,   /* on inode number `inode` of the file system on device `dev` */
	FDS_WANTED_OFD,	    /* on the ofd at address `ofd` */
	FDS_WANTED_PORT,    /* an inet socket with that local or remote port */
	FDS_WANTED_DELETED, /* on a regular file without a link */
};

struct fds_wanted {
	__u64 node;
	__u64 inode;
	__u64 ofd;
	__u32 how; /* enum fds_wanted_how */
	__u32 tgid;
	__u32 fd;
	__u32 dev; /* as the kernel writes it: FDS_DEV_MAJOR(), FDS_DEV_MINOR() */
	__u32 port;
	__u32 pad;
};

/*
 * In-kernel state of one files table, kept by the hooks of a counting tier.  What each event
 * touches comes first.  Its count is base + opens - closes: of numbers allocated where the tier
 * sees all, else of files installed.
 */
struct fds_table {
	__u64 files; /* address of the files_struct; 0: this slot is free */
	__s64 base;
	__u64 opens;
	__u64 closes;
	__u32 watch; /* a count above it is to be looked at: a new peak, or a level */
	__u32 peak;
	__u32 owner_tgid;
	__u32 held_back;     /* failures since the last failure record */
	__u32 unused;	     /* numbers allocated and given back without a file: not in opens */
	__u8 level;	     /* highest pressure level told to user space, per cent of soft */
	__u8 dirty;	     /* enum fds_dirt */
	__u8 async;	     /* may change without a system call of its own (io_uring, fanotify) */
	__u8 diff_seen;	     /* passes that met the difference `diff` while the table was in use */
	__u64 failures;	     /* calls refused for want of a descriptor */
	__u64 owner_start;   /* start of the process that made the entry: tells a reused address */
	__u64 last_fail_ns;  /* when the last failure was told */
	__u64 last_limit_ns; /* when the last change of a limit was told */
	__u64 diff_ns;	     /* when the difference `diff` was first seen */
	__u64 diff_events;   /* how many there had been at that time */
	__s64 diff;	     /* truth minus counter at the last pass */
	__u64 seen_ns;	     /* birth, or the last pass that met the table (CLOCK_MONOTONIC) */
	/* Of the slot rather than of the table: */
	__u32 claims;  /* tasks that hold it or try to */
	__u32 spilled; /* states that belong here are in the hash */
};

/* How far the counters of a table can be trusted before a quiet pass confirms them. */
enum fds_dirt {
	FDS_CLEAN,
	FDS_DIRT_SMALL, /* calls under way when it was counted may count twice or not at all */
	FDS_DIRT_LARGE, /* changed in a way that was not counted: good for nothing until then */
};

/* What the ring buffer carries. */
enum fds_event_type {
	FDS_EVENT_NONE,
	FDS_EVENT_FORK,	   /* a process was made; only while somebody listens */
	FDS_EVENT_EXEC,	   /* only while somebody listens */
	FDS_EVENT_EXIT,	   /* only while somebody listens */
	FDS_EVENT_LEVEL,   /* fd + 1 reached `level` per cent of the soft limit */
	FDS_EVENT_FAILURE, /* a call was refused: `error`, `syscall_nr` */
	FDS_EVENT_LIMIT,   /* RLIMIT_NOFILE of `target` was set */
	FDS_EVENT_HAZARD,  /* the whole is a struct fds_hazard; in a ring of its own */
};

struct fds_event {
	__u64 time_ns; /* CLOCK_BOOTTIME where the kernel has the helper (5.8) */
	__u64 files;
	__u64 start_ns;
	__u64 soft;
	__u64 hard;
	__u32 type; /* enum fds_event_type */
	__u32 tgid;
	__u32 tid;
	__u32 target; /* LIMIT: whose limit; FORK: the child */
	__u32 uid;
	__u32 euid;
	__u32 installed;  /* count of the table; FDS_COUNT_UNKNOWN: FAILURE only */
	__u32 fd;	  /* LEVEL: the number that crossed */
	__u32 level;	  /* LEVEL: per cent of soft */
	__u32 held_back;  /* FAILURE: how many since the last record of this table */
	__u32 syscall_nr; /* ~0: not known */
	__s32 error;	  /* FAILURE: the positive errno; 0: the caller is not told */
	__u32 cause;	  /* FAILURE: enum fds_cause */
	__u32 stack_cnt;  /* FAILURE: addresses in the fds_failure's stack */
	char comm[FDS_COMM_SZ];
};

#define FDS_STACK_MAX	32 /* calls of a stack */
#define FDS_FRAME_MAX	12 /* the innermost of them, of which the file is told too */
#define FDS_BUILD_ID_SZ 20
#define FDS_EXE_SZ	192

/* A call by its file: struct bpf_stack_build_id of the kernel. */
struct fds_frame {
	__s32 status;			/* FDS_FRAME_FILE; else the file cannot be told */
	__u8 build_id[FDS_BUILD_ID_SZ]; /* of the ELF file; shorter ones end with zeros */
	__u64 offset;			/* in the file */
};

#define FDS_FRAME_FILE 1 /* BPF_STACK_BUILD_ID_VALID */

/*
 * What a failure's record is: all that tells who it was and where, since whoever failed may be gone
 * when it is read.
 */
struct fds_failure {
	struct fds_event ev;
	__u64 cgroup_id;  /* of the cgroup v2 tree; 0: not known */
	__u64 exe_inode;  /* of the program's file */
	__u64 start_code; /* where its code lies: from there up to end_code; 0: not known */
	__u64 end_code;
	__u32 exe_dev;	 /* as the kernel writes it: FDS_DEV_MAJOR(), FDS_DEV_MINOR() */
	__u32 exe_flags; /* FDS_EXE_* */
	__u32 ppid;
	__u32 frame_cnt;
	/*
	 * The path of the program within its file system, from the end: names, each with a NUL
	 * behind it, then an empty one.
	 */
	char exe[FDS_EXE_SZ];
	__u64 stack[FDS_STACK_MAX]; /* the calls in user space that led to it, innermost first */
	struct fds_frame frames[FDS_FRAME_MAX]; /* the same */
};

#define FDS_EXE_WHOLE		1u /* `exe` goes up to the root of the file system, with no name cut */
#define FDS_DEV_MAJOR(dev)	((dev) >> 20)
#define FDS_DEV_MINOR(dev)	((dev)&0xfffff)
#define FDS_MKDEV(major, minor) ((__u32)(major) << 20 | ((minor)&0xfffff))

/*
 * A step into a trap, or what looks like one: user space judges.  Which members count depends on
 * the kind; see the file of that kind in bpf/hazard/.
 */
struct fds_hazard {
	struct fds_failure at; /* who, where and when; of `ev` what belongs to a failure is 0 */
	__u64 file;	       /* the open file description that it is about; 0: none */
	__u64 inode;
	__u64 bytes;
	__u64 other_start_ns; /* of the other process */
	__u32 kind;	      /* enum fds_hazard_kind */
	__u32 op;	      /* what was done, as the system call has it */
	__s32 fd;	      /* -1: none */
	__s32 target_fd;      /* -1: none */
	__u32 dev;
	__u32 mode;  /* i_mode */
	__u32 flags; /* f_flags before */
	__u32 refs;
	__u32 other_tgid; /* 0: none */
	__s32 other_fd;
	__u32 cnt;	/* steps since the last record of the same, this one included */
	__u32 extra_sz; /* bytes of the kind's own behind */
	char other_comm[FDS_COMM_SZ];
	char name[FDS_NAME_SZ]; /* of the file, last part, cut */
};

/* Behind a hazard of kind TRUNCATE_BEFORE_LOCK. */
struct fds_emptied {
	__u64 before_ns; /* how long before the lock the file was emptied */
	__s32 contended; /* another process held a lock or waited for one; -1: not known */
	__u32 pad;
};

/* Behind a hazard of kind SELECT_1024. */
struct fds_select {
	__u64 exec_id; /* of the process, as in fds_task_rec */
	__s32 nfds;    /* as it was asked for */
	__s32 highest; /* number that is open; -1: not known */
	__u32 max_fds; /* numbers that the table has room for: the kernel looks at no more */
	__u32 pad;
};

#define FDS_SELECT_MAX 1024 /* numbers that an fd_set has room for */

#define FDS_CROSSED_MAX	 16
#define FDS_EXEC_ARGS_SZ 1024
#define FDS_EXEC_ENV_SZ	 7168

/* A descriptor above 2 that crossed an exec. */
struct fds_crossed {
	__u64 file;
	__u64 inode;
	__u32 fd;
	__u32 dev;
	__u32 mode;	   /* i_mode */
	__u16 sock_family; /* AF_*; 0: no socket */
	__u8 sock_type;	   /* SOCK_* */
	__u8 meant;	   /* FDS_CROSSED_*; 0: nothing speaks for it being meant to cross */
	char name[FDS_NAME_SZ];
};

#define FDS_CROSSED_INHERITED 1u /* the program it came from has it from an exec itself */
#define FDS_CROSSED_PLACED    2u /* put under this number, or unmarked, between fork and exec */
#define FDS_CROSSED_STDIO     4u /* the same ofd as one of 0, 1 and 2 */

/* What an exec took along; behind a record of EXEC_LEAK. */
struct fds_exec {
	struct fds_crossed fds[FDS_CROSSED_MAX];
	char from[FDS_NAME_SZ]; /* file of the program that it came from, last part, cut */
	__u32 cnt;		/* in `fds`, ascending */
	__u32 more;		/* 1: there are others behind these */
	__u32 ns_tgid;		/* in the new program's own pid namespace */
	__u32 args_sz;
	__u32 env_sz;
	__u32 pad;
	/* Arguments, then at FDS_EXEC_ARGS_SZ the environment: each with a NUL behind, or cut. */
	char text[FDS_EXEC_ARGS_SZ + FDS_EXEC_ENV_SZ];
};

/* Of NONBLOCK_SHARED the `op`. */
#define FDS_NONBLOCK_ON	   1u /* becomes set */
#define FDS_NONBLOCK_IOCTL 2u /* by ioctl(FIONBIO), else by fcntl(F_SETFL) */

/* A descriptor that a trap of the lasting kind may be about; from the hazard skeleton's iterator.
 */
struct fds_trace_rec {
	__u64 file; /* as in fds_file_rec */
	__u64 files;
	__u64 start_ns;
	__u64 inode;
	__u64 bytes; /* DELETED: on disk */
	__u64 epoll; /* WATCHED: the struct file of the instance that watches it */
	__u32 what;  /* enum fds_trace */
	__u32 tgid;
	__u32 tid;
	__u32 uid;
	__u32 euid;
	__s32 fd;
	__s32 watched_fd; /* WATCHED: the number that it was registered under */
	__u32 dev;
	__u32 flags;
	__u32 fmode;
	char comm[FDS_COMM_SZ];
	char name[FDS_NAME_SZ];
};

enum fds_trace {
	FDS_TRACE_EPOLL,   /* an epoll instance */
	FDS_TRACE_WATCHED, /* a file that one watches; a record for each registration */
	FDS_TRACE_DELETED, /* a regular file without a name */
};

/* Whose an epoll instance is: the value of the hazard skeleton's map `makers`. */
struct fds_maker {
	__u64 files; /* its table, under whose number `fd` the instance is */
	__u64 start_ns;
	__u32 tgid;	   /* as the daemon counts */
	__u32 kernel_tgid; /* as the kernel does; 0: not known */
	__s32 fd;
	__u32 pad;
	char comm[FDS_COMM_SZ];
};

/* What a system call means to the hazards; index into the hazard skeleton's table. */
enum fds_hazard_call {
	FDS_CALL_NONE,
	FDS_CALL_EPOLL_CREATE,
	FDS_CALL_EPOLL_CTL,
	FDS_CALL_SELECT,
	FDS_CALL_OPEN,
	FDS_CALL_OPENAT,
	FDS_CALL_OPENAT2,
	FDS_CALL_CREAT,
	FDS_CALL_FLOCK,
	FDS_CALL_FCNTL,
	FDS_CALL_IOCTL,
	FDS_CALL_CLOSE,
};

/*
 * What a user has of what there is a limit per user on; from the iterator of users, once for each
 * process or less often.
 */
struct fds_user_rec {
	__u64 use[FDS_USER_LIMIT_CNT]; /* FDS_UNKNOWN: this kernel does not tell */
	__u32 uid;		       /* the real one, by which these are counted */
	__u32 flags;		       /* FDS_USER_* */
};

/* Counted on each processor by itself, and not all of that could be read. */
#define FDS_USER_EPOLL_APPROXIMATE 1u

/* What a system call may do to the caller's files table; index into the action table. */
enum fds_syscall_action {
	FDS_SYS_NONE,
	FDS_SYS_NEW,	   /* returns a new lowest descriptor */
	FDS_SYS_NEW_PAIR,  /* 0 means two new descriptors (pipe, socketpair) */
	FDS_SYS_NEW_ASYNC, /* as NEW, and the table may change by itself from now on */
	FDS_SYS_CLOSE,
	FDS_SYS_DUP2,
	FDS_SYS_FCNTL,	     /* as NEW for F_DUPFD and F_DUPFD_CLOEXEC */
	FDS_SYS_GETSOCKOPT,  /* as RECOUNT for SO_PEERPIDFD */
	FDS_SYS_RECOUNT,     /* may have changed the table in any way, but seldom does */
	FDS_SYS_RECOUNT_ALL, /* does, so that counting a large table is worth it */
	FDS_SYS_RECOUNT_ASYNC,
	FDS_SYS_PRLIMIT,
	FDS_SYS_SETRLIMIT,
};

/* Events lost or state not kept, per cause; index into the counters map. */
enum fds_counter {
	FDS_COUNT_RING_FULL,  /* a record found no room in the ring buffer */
	FDS_COUNT_TABLE_FULL, /* no room or no memory for the state of a files table */
	FDS_COUNT_MAX,
};

#ifdef __cplusplus
#define FDS_ASSERT_SZ(type, sz) static_assert(sizeof(struct type) == (sz), #type)
#else
#define FDS_ASSERT_SZ(type, sz) _Static_assert(sizeof(struct type) == (sz), #type)
#endif
FDS_ASSERT_SZ(fds_task_rec, 168);
FDS_ASSERT_SZ(fds_file_rec, 176);
FDS_ASSERT_SZ(fds_detail_rec, 152);
FDS_ASSERT_SZ(fds_user_rec, 40);
FDS_ASSERT_SZ(fds_wanted, 48);
FDS_ASSERT_SZ(fds_table, 128);
FDS_ASSERT_SZ(fds_event, 112);
FDS_ASSERT_SZ(fds_frame, 32);
FDS_ASSERT_SZ(fds_failure, 992);
FDS_ASSERT_SZ(fds_hazard, 1120);
FDS_ASSERT_SZ(fds_emptied, 16);
FDS_ASSERT_SZ(fds_select, 24);
FDS_ASSERT_SZ(fds_crossed, 64);
FDS_ASSERT_SZ(fds_exec, 9272);
FDS_ASSERT_SZ(fds_trace_rec, 136);
FDS_ASSERT_SZ(fds_maker, 48);

#endif
