/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel itself says through /proc about one task's files table. Whole implementation in
 * the header, so that any test program can use it without linking anything.
 */
#ifndef FDSCOPE_TESTS_TRUTH_H
#define FDSCOPE_TESTS_TRUTH_H

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#define TRUTH_UNLIMITED UINT64_MAX

struct truth {
	uint64_t installed;   /* entries of the fd directory */
	uint64_t allocated;   /* st_size of it: also numbers reserved but not yet installed */
	bool allocated_known; /* false before kernel 6.2, where st_size was always 0 */
	int64_t highest; /* over the installed ones, -1 with none; a reserved one may be higher */
	uint64_t soft, hard; /* RLIMIT_NOFILE, or TRUTH_UNLIMITED */
};

/* "/proc/PID/LEAF", or "/proc/PID/task/TID/LEAF" when tid is not 0. */
static inline void truth__path(pid_t pid, pid_t tid, const char *leaf, char *ret, size_t sz)
{
	if (tid)
		snprintf(ret, sz, "/proc/%d/task/%d/%s", pid, tid, leaf);
	else
		snprintf(ret, sz, "/proc/%d/%s", pid, leaf);
}

static inline uint64_t truth__limit(const char *text)
{
	return strncmp(text, "unlimited", 9) ? strtoull(text, NULL, 10) : TRUTH_UNLIMITED;
}

static inline int truth__limits(pid_t pid, pid_t tid, struct truth *t)
{
	char path[64], line[256], soft[32], hard[32];
	int r = -EBADMSG;
	FILE *f;

	truth__path(pid, tid, "limits", path, sizeof(path));
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Max open files %31s %31s", soft, hard) == 2) {
			t->soft = truth__limit(soft);
			t->hard = truth__limit(hard);
			r = 0;
			break;
		}
	/* A task that is gone by now gives an empty file, or ESRCH at the first read. */
	if (r && ferror(f))
		r = -ESRCH;
	fclose(f);
	return r;
}

static inline int truth__fds(pid_t pid, pid_t tid, struct truth *t)
{
	struct dirent *e;
	struct stat st;
	char path[64];
	DIR *d;
	int r;

	truth__path(pid, tid, "fd", path, sizeof(path));
	if (stat(path, &st) < 0)
		return -errno;
	d = opendir(path);
	if (!d)
		return -errno;
	t->installed = 0;
	t->highest = -1;
	for (errno = 0; (e = readdir(d)); errno = 0) {
		long fd;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		fd = strtol(e->d_name, NULL, 10);
		t->installed++;
		if (fd > t->highest)
			t->highest = fd;
	}
	/* ENOENT: a zombie, whose table is gone. */
	r = errno == ENOENT ? 0 : -errno;
	closedir(d);
	t->allocated = (uint64_t)st.st_size;
	t->allocated_known = st.st_size > 0 || t->installed == 0;
	return r;
}

/*
 * Reads pid's table and limits, or thread tid's when tid is not 0. Asking for one's own process
 * counts the directory that this very reading holds open. The parts are read one after the other:
 * of a process that moves they need not fit together. 0, or -ENOENT/-ESRCH when there is no such
 * task, -EACCES without the right to look.
 */
static inline int truth__read(pid_t pid, pid_t tid, struct truth *ret)
{
	struct truth t = {0};
	int r;

	r = truth__fds(pid, tid, &t);
	if (r < 0)
		return r;
	r = truth__limits(pid, tid, &t);
	if (r < 0)
		return r;
	*ret = t;
	return 0;
}

static inline bool truth__equal(const struct truth *a, const struct truth *b)
{
	return a->installed == b->installed && a->allocated == b->allocated &&
	       a->allocated_known == b->allocated_known && a->highest == b->highest &&
	       a->soft == b->soft && a->hard == b->hard;
}

#endif
