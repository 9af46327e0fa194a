/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc tells about descriptors: the truth of the `procfs` tier (no BPF, no root for one's own
 * processes), and the names of descriptors in every tier.  In: nothing but /proc.  Out: the same
 * records as the iterators give.  Every call returns 0 or -errno, survives a full files table
 * (-EMFILE, -ENFILE) and needs at most four descriptors at once.
 */
#ifndef FDSCOPE_PROCFS_H
#define FDSCOPE_PROCFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fdscope/record.h"

/*
 * The most threads that one pass looks at to find those with a table of their own: about 2 us each.
 * Threads beyond it are taken to use the table of their process.
 */
#define PROCFS_THREADS_MAX 8192

/* Other than 0 ends the pass and is what the pass returns. */
typedef int (*procfs_task_fn)(void *ctx, const struct fds_task_rec *rec);
typedef int (*procfs_file_fn)(void *ctx, const struct fds_file_rec *rec);

/*
 * One record for every process in /proc, and one more for each further files table that threads of
 * it have (where kcmp(2) is allowed and within PROCFS_THREADS_MAX).  A process that goes away
 * meanwhile is left out.  What differs from the records of the iterator:
 *  - `files` is a token, (start time, tid) of the task that was met with the table.  Two processes
 *    that share a table (CLONE_FILES without CLONE_THREAD) look like two tables: to tell would take
 *    a kcmp for each pair.  0: a zombie or a kernel thread, which have none.
 *  - FDS_TASK_ZOMBIE: it has no table any more, because it is a zombie or about to become one.
 *  - A leader that has ended while its threads live is a zombie without a table; the table of the
 *    threads comes as a record of its own, with the tid of the first that lives.
 *  - `allocated` is st_size of /proc/PID/fd (kernel 6.2 and later), which nobody is refused; before
 *    6.2 it equals `installed`.
 *  - Where /proc/PID/fd may not be listed (another user's process), `installed` equals `allocated`
 *    and `highest` is -1; before 6.2 nothing is known then, and the record has FDS_TASK_TORN.
 *  - `highest` is the highest installed number, or allocated - 1 where that is more.
 *  - `opens`, `closes`, `failures` are FDS_UNKNOWN, `counted` is -1; `cgroup_id` and `peak` are 0.
 *  - `exec_id` comes from the addresses that each exec chooses anew (so an exec of the same program
 *    without address space randomisation goes unseen); 0 where these may not be read.
 */
int procfs__tasks(procfs_task_fn fn, void *ctx);

/* The same for these processes only; those that are gone are left out. */
int procfs__some_tasks(const uint32_t *pids, size_t cnt, procfs_task_fn fn, void *ctx);

/* The number of every process in /proc. */
int procfs__pids(int (*fn)(void *ctx, uint32_t pid), void *ctx);

/*
 * Descriptor of /proc/PID, if the process is the one that started then (CLOCK_BOOTTIME); what is
 * opened there is its own, or -ESRCH once it is gone.  -ESRCH: gone, or another; -errno.
 */
int procfs__open_process(uint32_t pid, uint64_t start_ns);

/*
 * One record for every installed descriptor of a thread's table (tid 0 or pid: of the process).
 * -ESRCH: no such process; -EACCES: not allowed to see them.  `file` and `refs` are 0: not known.
 * `flags` are without O_CLOEXEC.  `name` is the last part of what the link shows, without
 * "anon_inode:", and " (deleted)" where the inode has no links.  `sock_family` and `sock_type` come
 * from the protocol's name; 0 where that is not one of the common ones.  What may not be read (root
 * too may be refused) stays 0, the record is given all the same.  A descriptor that is closed
 * meanwhile is left out.
 */
int procfs__thread_files(pid_t pid, pid_t tid, procfs_file_fn fn, void *ctx);

/*
 * The same one at a time.  Next: 1 and a record, 0 at the end, or -errno.  Close accepts NULL.
 */
struct procfs_files;
int procfs_files__open(pid_t pid, pid_t tid, struct procfs_files **ret);
int procfs_files__next(struct procfs_files *w, struct fds_file_rec *ret);
void procfs_files__close(struct procfs_files *w);

/*
 * What /proc/PID/fd/FD (tid 0 or pid) or /proc/PID/task/TID/fd/FD shows: a path or "pipe:[1]".  Any
 * bytes but NUL, so not always UTF-8; what does not fit is cut, `buf` ends with NUL.  Open gives
 * the `dir` of the others, or -errno.  -ENOENT: no such descriptor or process.
 */
int procfs_names__open(pid_t pid, pid_t tid);
int procfs_names__read(int dir, int fd, char *buf, size_t buf_sz);
void procfs_names__close(int dir);

struct procfs_system {
	uint64_t file_nr;  /* open file descriptions of the host; approximate before 6.18 */
	uint64_t file_max; /* FDS_RLIM_INFINITY: none (systemd sets LONG_MAX) */
	uint64_t nr_open;  /* no process may have a hard limit above it */
	uint64_t max_epoll_watches; /* per user; 0: not known */
};

int procfs__system(struct procfs_system *ret);

/* How many a user may have, by enum fds_user_limit; FDS_RLIM_INFINITY: any number, or not known. */
void procfs__user_limits(uint64_t ret[FDS_USER_LIMIT_CNT]);

#endif
