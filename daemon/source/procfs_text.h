/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shapes of /proc: its texts (stat, status, limits) and its folders of numbers.  Only for the
 * files of procfs.h.  In: text as read.  Out: numbers, or -EBADMSG where it is no such text.
 */
#ifndef FDSCOPE_PROCFS_TEXT_H
#define FDSCOPE_PROCFS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fdscope/record.h"

#define PROCFS_TEXT_SZ	32768 /* one read; what is longer (thousands of groups) is cut */
#define PROCFS_DENTS_SZ 32768
#define PROCFS_PATH_SZ	64

/* Of /proc/PID/stat and /proc/PID/task/TID/stat, see proc(5). */
struct procfs_stat {
	char comm[FDS_COMM_SZ];
	uint32_t ppid;
	uint64_t flags;
	uint32_t threads;
	uint64_t start_ticks;
	uint64_t start_code;
	uint64_t start_stack;
};

/* Of /proc/PID/status. */
struct procfs_status {
	uint32_t uid;
	uint32_t euid;
	uint32_t fd_size; /* slots of the table; 0: the task has none */
	uint32_t ns_tid;  /* in the innermost pid namespace; 0: not told */
};

/* A folder that is being listed; {0} to begin. */
struct procfs_dents {
	ssize_t len, at;
	char buf[PROCFS_DENTS_SZ] __attribute__((aligned(8)));
};

/* The file with a NUL behind it; its length, or -errno. */
ssize_t procfs_text__read(int dir, const char *path, char *buf, size_t buf_sz);

int procfs_text__parse_stat(const char *text, struct procfs_stat *ret);
int procfs_text__parse_status(const char *text, struct procfs_status *ret);
int procfs_text__parse_limits(const char *text, uint64_t *ret_soft, uint64_t *ret_hard);

/* Next entry whose name is a number: 1, 0 at the end, or -errno. */
int procfs_dents__next(int fd, struct procfs_dents *d, uint32_t *ret);

bool procfs_stat__is_kthread(const struct procfs_stat *st);
uint64_t procfs_stat__start_ns(const struct procfs_stat *st);
/* Whether it may have started then: /proc tells that in ticks. */
bool procfs_stat__is_start(const struct procfs_stat *st, uint64_t start_ns);

/* What stands for the files table of a task; see procfs__tasks(). */
uint64_t procfs_stat__token(const struct procfs_stat *st, uint32_t tid);

#endif
