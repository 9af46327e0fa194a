// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes and their files tables out of /proc, and the host's sums; see procfs.h.  One pass uses
 * one block of memory, whatever the number of processes and descriptors.
 */
#include "source/procfs.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "source/procfs_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PREFIX_SZ 24 /* "task/TID/" */

struct pass {
	procfs_task_fn fn;
	void *ctx;
	uint32_t self;	       /* our number in this /proc */
	uint32_t threads_left; /* of PROCFS_THREADS_MAX */
	int proc;	       /* /proc */
	int dir;	       /* /proc/PID of the process in work */
	bool has_sizes;	       /* /proc/PID/fd tells the number of descriptors */
	bool is_ours;	       /* its pids are those that system calls take */
	bool has_kcmp;
	uint32_t *tables; /* tids of the tables of one process, in the order of kcmp */
	size_t table_cnt, table_room;
	struct procfs_dents pids, tids, fds;
	char text[PROCFS_TEXT_SZ];
};

/* Errors that are ours and not of the process that was looked at: they end the pass. */
static bool is_fatal(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

static int read_stat(struct pass *p, const char *prefix, struct procfs_stat *ret)
{
	char path[PROCFS_PATH_SZ];
	ssize_t len;

	snprintf(path, sizeof(path), "%sstat", prefix);
	len = procfs_text__read(p->dir, path, p->text, sizeof(p->text));
	return len < 0 ? (int)len : procfs_text__parse_stat(p->text, ret);
}

static int read_status(struct pass *p, const char *prefix, struct fds_task_rec *rec)
{
	struct procfs_status status;
	char path[PROCFS_PATH_SZ];
	ssize_t len;
	int r;

	snprintf(path, sizeof(path), "%sstatus", prefix);
	len = procfs_text__read(p->dir, path, p->text, sizeof(p->text));
	if (len < 0)
		return len;
	r = procfs_text__parse_status(p->text, &status);
	if (r < 0)
		return r;
	rec->uid = status.uid;
	rec->euid = status.euid;
	rec->max_fds = status.fd_size;
	rec->ns_tgid = status.ns_tid ? status.ns_tid : rec->tgid;
	return 0;
}

/*
 * prlimit(2) takes a twentieth of the time of /proc/PID/limits, but only for processes of one's own
 * or with CAP_SYS_RESOURCE.  The number cannot mean another process: its /proc/PID is read
 * afterwards.
 */
static int read_limits(struct pass *p, struct fds_task_rec *rec)
{
	struct rlimit64 lim;
	uint64_t soft, hard;
	ssize_t len;
	int r;

	if (p->is_ours && prlimit64(rec->tgid, RLIMIT_NOFILE, NULL, &lim) == 0) {
		rec->soft = lim.rlim_cur;
		rec->hard = lim.rlim_max;
		return 0;
	}
	len = procfs_text__read(p->dir, "limits", p->text, sizeof(p->text));
	if (len < 0)
		return len;
	r = procfs_text__parse_limits(p->text, &soft, &hard);
	if (r < 0)
		return r;
	rec->soft = soft;
	rec->hard = hard;
	return 0;
}

/* Installed descriptors of a table, without the `own_cnt` ones that are this pass's own. */
static int list_fds(struct pass *p, int fd, const int *own, int own_cnt, struct fds_task_rec *rec)
{
	uint32_t number, installed = 0, below = 0;
	int64_t highest = -1;
	int r;

	p->fds.len = p->fds.at = 0;
	while ((r = procfs_dents__next(fd, &p->fds, &number)) > 0) {
		bool skip = false;

		for (int i = 0; i < own_cnt; i++)
			skip |= (uint32_t)own[i] == number;
		if (skip)
			continue;
		installed++;
		below += number < rec->soft;
		if (number > highest)
			highest = number;
	}
	if (r < 0)
		return r;
	rec->installed = installed;
	rec->below_soft = below;
	rec->highest = highest;
	return 0;
}

/* -ENOENT and the like: the task has gone. */
static int read_table(struct pass *p, const char *prefix, struct fds_task_rec *rec)
{
	/* What the pass itself has open is not there when it is over. */
	int own_cnt = rec->tgid == p->self && rec->tid == p->self ? 3 : 0;
	_cleanup_close_ int fd = -1;
	struct stat before, after;
	char path[PROCFS_PATH_SZ];
	int r;

	snprintf(path, sizeof(path), "%sfd", prefix);
	fd = openat(p->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		if (r != -EACCES && r != -EPERM)
			return r;
		/* Its size is nobody's secret: no ptrace right is needed for a stat. */
		if (fstatat(p->dir, path, &after, 0) < 0)
			return -errno;
		rec->allocated = rec->installed = after.st_size;
		rec->below_soft = rec->allocated < rec->soft ? rec->allocated : rec->soft;
		rec->highest = -1;
		if (!p->has_sizes)
			rec->flags |= FDS_TASK_TORN;
		return 0;
	}
	int own[] = {p->proc, p->dir, fd};
	/* A table that changes while it is listed gets a second chance, not more. */
	for (int attempt = 0; attempt < 2; attempt++) {
		if (attempt && lseek(fd, 0, SEEK_SET) < 0)
			return -errno;
		if (fstat(fd, &before) < 0)
			return -errno;
		r = list_fds(p, fd, own, own_cnt, rec);
		if (r < 0)
			return r;
		if (fstat(fd, &after) < 0)
			return -errno;
		if (before.st_size == after.st_size)
			break;
	}
	rec->allocated = after.st_size;
	if (p->has_sizes)
		rec->allocated -= own_cnt;
	if (rec->allocated < rec->installed)
		rec->allocated = rec->installed;
	/* A number that is reserved only is not listed; it was given as the lowest that was free.
	 */
	rec->below_soft += rec->allocated - rec->installed;
	/* Neither is it in the highest, but n numbers reach n - 1 at the least. */
	if (rec->highest < (int64_t)rec->allocated - 1)
		rec->highest = rec->allocated - 1;
	return 0;
}

/* 0 and 1 stand in for addresses that may not be read. */
static uint64_t make_exec_id(const struct procfs_stat *st)
{
	if (st->start_code <= 1 || !st->start_stack)
		return 0;
	return (st->start_code * 0x9e3779b97f4a7c15ull) ^ st->start_stack;
}

/* What differs between the threads of a process, but for the table. */
static void fill_task(const struct procfs_stat *st, uint32_t tid, struct fds_task_rec *rec)
{
	memcpy(rec->comm, st->comm, sizeof(rec->comm));
	rec->tid = tid;
	rec->files = 0;
	rec->flags = 0;
	rec->allocated = rec->installed = 0;
	rec->highest = -1;
	rec->opens = rec->closes = rec->failures = FDS_UNKNOWN;
	rec->counted = -1;
}

/* The table of a task whose status is read; 1: it has none any more, it is a zombie or about to be.
 */
static int fill_table(struct pass *p, const char *prefix, const struct procfs_stat *st,
		      struct fds_task_rec *rec)
{
	int r;

	/* Slots of the table: there are always some where there is a table. */
	if (!rec->max_fds)
		return 1;
	r = read_table(p, prefix, rec);
	if (r < 0)
		return r;
	/* No descriptors at all is rare; more often the task has given up its table just now. */
	if (!rec->allocated && !(rec->flags & FDS_TASK_TORN)) {
		r = read_status(p, prefix, rec);
		if (r < 0)
			return r;
		if (!rec->max_fds) {
			rec->highest = -1;
			return 1;
		}
	}
	rec->files = procfs_stat__token(st, rec->tid);
	return 0;
}

/*
 * Place of the thread's table among those known of its process: 1 and the place where it belongs,
 * or 0: it is one of them, or may not be compared.
 */
static int find_place(struct pass *p, uint32_t tid, size_t *ret)
{
	size_t low = 0, high = p->table_cnt;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		/* 0: equal, 1: less, 2: greater; an order of its own, but always the same. */
		long r = syscall(SYS_kcmp, tid, p->tables[mid], KCMP_FILES, 0, 0);

		if (r <= 0)
			return 0;
		if (r == 1)
			high = mid;
		else
			low = mid + 1;
	}
	*ret = low;
	return 1;
}

static int insert_table(struct pass *p, size_t place, uint32_t tid)
{
	if (array_reserve(p->tables, p->table_room, p->table_cnt))
		return -ENOMEM;
	memmove(p->tables + place + 1, p->tables + place,
		(p->table_cnt - place) * sizeof(*p->tables));
	p->tables[place] = tid;
	p->table_cnt++;
	return 0;
}

/* One thread: a record if its table is not known yet; `rec` begins as that of its process. */
static int visit_thread(struct pass *p, uint32_t tid, struct fds_task_rec rec)
{
	uint32_t ns_tgid = rec.ns_tgid;
	char prefix[PREFIX_SZ];
	struct procfs_stat st;
	size_t place;
	int r;

	if (!find_place(p, tid, &place))
		return 0;
	snprintf(prefix, sizeof(prefix), "task/%u/", tid);
	r = read_stat(p, prefix, &st);
	if (r < 0)
		return is_fatal(r) ? r : 0;
	fill_task(&st, tid, &rec);
	r = read_status(p, prefix, &rec);
	if (r == 0)
		r = fill_table(p, prefix, &st, &rec);
	rec.ns_tgid = ns_tgid; /* status of a thread has that of the thread */
	if (r)
		return is_fatal(r) ? r : 0;
	r = insert_table(p, place, tid);
	if (r < 0)
		return r;
	return p->fn(p->ctx, &rec);
}

static int visit_threads(struct pass *p, const struct fds_task_rec *leader)
{
	_cleanup_close_ int fd = -1;
	uint32_t tid;
	int r;

	p->table_cnt = 0;
	if (leader->files) {
		r = insert_table(p, 0, leader->tid);
		if (r < 0)
			return r;
	}
	fd = openat(p->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return is_fatal(-errno) ? -errno : 0;
	p->tids.len = p->tids.at = 0;
	while (p->threads_left && (r = procfs_dents__next(fd, &p->tids, &tid)) > 0) {
		if (tid == leader->tid)
			continue;
		p->threads_left--;
		r = visit_thread(p, tid, *leader);
		if (r)
			return r;
	}
	return 0;
}

/* Reads what there is of one process into `rec`; 0, or an error as soon as it has gone. */
static int read_process(struct pass *p, uint32_t tgid, struct fds_task_rec *rec)
{
	struct procfs_stat st;
	int r;

	memset(rec, 0, sizeof(*rec));
	rec->tgid = tgid;
	r = read_stat(p, "", &st);
	if (r < 0)
		return r;
	fill_task(&st, tgid, rec);
	rec->start_ns = procfs_stat__start_ns(&st);
	rec->exec_id = make_exec_id(&st);
	rec->ppid = st.ppid;
	rec->threads = st.threads;
	r = read_limits(p, rec);
	if (r < 0)
		return r;
	/* Kernel threads are root's, in the first namespace: that saves a third of the time. */
	if (procfs_stat__is_kthread(&st)) {
		rec->flags |= FDS_TASK_KTHREAD;
		rec->ns_tgid = tgid;
		return 0;
	}
	r = read_status(p, "", rec);
	if (r < 0)
		return r;
	r = fill_table(p, "", &st, rec);
	if (r > 0)
		rec->flags |= FDS_TASK_ZOMBIE;
	return r < 0 ? r : 0;
}

static int visit_process(struct pass *p, uint32_t tgid)
{
	_cleanup_close_ int dir = -1;
	struct fds_task_rec rec;
	char path[PROCFS_PATH_SZ];
	int r;

	snprintf(path, sizeof(path), "%u", tgid);
	/* All that follows is about this process, even if its number is given to another. */
	dir = openat(p->proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return is_fatal(-errno) ? -errno : 0;
	p->dir = dir;
	r = read_process(p, tgid, &rec);
	if (r < 0)
		return is_fatal(r) ? r : 0;
	r = p->fn(p->ctx, &rec);
	if (r)
		return r;
	/* Without kcmp at least the table that outlived a leader is found. */
	if (rec.threads > 1 && (p->has_kcmp || rec.flags & FDS_TASK_ZOMBIE))
		return visit_threads(p, &rec);
	return 0;
}

/* What this /proc and kernel can tell; pids mean nothing to kcmp if /proc is of another namespace.
 */
static int probe_proc(struct pass *p)
{
	char self[16];
	struct stat st;
	ssize_t len = readlinkat(p->proc, "self", self, sizeof(self) - 1);

	/* Of a namespace that we are not in: no link, and none of the processes is us. */
	self[len > 0 ? len : 0] = '\0';
	p->self = strtoul(self, NULL, 10);
	p->is_ours = p->self == (uint32_t)getpid();
	p->has_kcmp = p->is_ours && syscall(SYS_kcmp, p->self, p->self, KCMP_FILES, 0, 0) == 0;
	/* p->proc is open, so 0 can only mean that the kernel does not count. */
	if (fstatat(p->proc, "self/fd", &st, 0) < 0)
		return p->self ? -errno : 0;
	p->has_sizes = st.st_size > 0;
	return 0;
}

static void free_pass(struct pass **p)
{
	if (!*p)
		return;
	if ((*p)->proc >= 0)
		close((*p)->proc);
	free((*p)->tables);
	free(*p);
}

static int new_pass(procfs_task_fn fn, void *ctx, struct pass **ret)
{
	struct pass *p = malloc(sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	memset(p, 0, offsetof(struct pass, pids));
	p->pids.len = p->pids.at = 0;
	p->fn = fn;
	p->ctx = ctx;
	p->threads_left = PROCFS_THREADS_MAX;
	p->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = p->proc < 0 ? -errno : probe_proc(p);
	if (r)
		free_pass(&p);
	else
		*ret = p;
	return r;
}

int procfs__tasks(procfs_task_fn fn, void *ctx)
{
	_cleanup_(free_pass) struct pass *p = NULL;
	uint32_t tgid;
	int r = new_pass(fn, ctx, &p);

	while (r == 0 && (r = procfs_dents__next(p->proc, &p->pids, &tgid)) > 0)
		r = visit_process(p, tgid);
	return r;
}

int procfs__open_process(uint32_t pid, uint64_t start_ns)
{
	_cleanup_close_ int dir = -1;
	char path[PROCFS_PATH_SZ], text[1024];
	struct procfs_stat st;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u", pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	len = procfs_text__read(dir, "stat", text, sizeof(text));
	if (len < 0)
		return len == -ENOENT ? -ESRCH : (int)len;
	if (procfs_text__parse_stat(text, &st))
		return -EBADMSG;
	if (!procfs_stat__is_start(&st, start_ns))
		return -ESRCH;
	return take_fd(&dir);
}

int procfs__some_tasks(const uint32_t *pids, size_t cnt, procfs_task_fn fn, void *ctx)
{
	_cleanup_(free_pass) struct pass *p = NULL;
	int r = new_pass(fn, ctx, &p);

	for (size_t i = 0; r == 0 && i < cnt; i++)
		r = visit_process(p, pids[i]);
	return r;
}

int procfs__pids(int (*fn)(void *ctx, uint32_t pid), void *ctx)
{
	_cleanup_(free_pass) struct pass *p = NULL;
	uint32_t pid;
	int r = new_pass(NULL, NULL, &p);

	while (r == 0 && (r = procfs_dents__next(p->proc, &p->pids, &pid)) > 0)
		r = fn(ctx, pid);
	return r;
}

static int read_numbers(const char *path, uint64_t *ret, int cnt)
{
	char text[128];
	ssize_t len = procfs_text__read(AT_FDCWD, path, text, sizeof(text));
	const char *s = text;

	if (len < 0)
		return len;
	for (int i = 0; i < cnt; i++) {
		char *end;

		errno = 0;
		ret[i] = strtoull(s, &end, 10);
		if (end == s || errno)
			return -EBADMSG;
		s = end;
	}
	return 0;
}

int procfs__system(struct procfs_system *ret)
{
	struct procfs_system sys = {};
	uint64_t nr[3]; /* open, always 0, the limit */
	int r;

	r = read_numbers("/proc/sys/fs/file-nr", nr, 3);
	if (r < 0)
		return r;
	sys.file_nr = nr[0];
	sys.file_max = nr[2] >= LONG_MAX ? FDS_RLIM_INFINITY : nr[2];
	r = read_numbers("/proc/sys/fs/nr_open", &sys.nr_open, 1);
	if (r < 0)
		return r;
	(void)read_numbers("/proc/sys/fs/epoll/max_user_watches", &sys.max_epoll_watches, 1);
	*ret = sys;
	return 0;
}

void procfs__user_limits(uint64_t ret[FDS_USER_LIMIT_CNT])
{
	static const char *const paths[FDS_USER_LIMIT_CNT] = {
		[FDS_USER_INOTIFY_INSTANCES] = "/proc/sys/fs/inotify/max_user_instances",
		[FDS_USER_INOTIFY_WATCHES] = "/proc/sys/fs/inotify/max_user_watches",
		[FDS_USER_EPOLL_WATCHES] = "/proc/sys/fs/epoll/max_user_watches",
		[FDS_USER_PIPE_PAGES] = "/proc/sys/fs/pipe-user-pages-soft",
	};

	for (size_t i = 0; i < FDS_USER_LIMIT_CNT; i++)
		if (read_numbers(paths[i], &ret[i], 1) < 0)
			ret[i] = FDS_RLIM_INFINITY;
	/* Of this one alone 0 means that there is none. */
	if (!ret[FDS_USER_PIPE_PAGES])
		ret[FDS_USER_PIPE_PAGES] = FDS_RLIM_INFINITY;
}
