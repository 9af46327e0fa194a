// SPDX-License-Identifier: GPL-2.0-or-later
/* The shapes of /proc; see procfs_text.h. */
#include "source/procfs_text.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PF_KTHREAD 0x00200000 /* linux/sched.h; field 9 of /proc/PID/stat */
#define TID_BITS   22	      /* PID_MAX_LIMIT is 2^22 */
#define NS_PER_S   1000000000ull

/* These files are made in one go, so one read gives all of them. */
ssize_t procfs_text__read(int dir, const char *path, char *buf, size_t buf_sz)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, buf, buf_sz - 1);
	if (len < 0)
		return -errno;
	buf[len] = '\0';
	return len;
}

/* The program's name may hold anything, also blanks and parentheses: it ends at the last one. */
int procfs_text__parse_stat(const char *text, struct procfs_stat *ret)
{
	enum { STATE = 3, PPID = 4, FLAGS = 9, THREADS = 20, START = 22, CODE = 26, STACK = 28 };
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	uint64_t field[STACK + 1];
	const char *s;
	size_t len;

	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return -EBADMSG;
	len = close - open - 1;
	if (len > sizeof(ret->comm) - 1)
		len = sizeof(ret->comm) - 1;
	s = close + 3;
	for (int i = PPID; i <= STACK; i++) {
		char *end;

		/* Some are negative: strtoull takes the sign. */
		field[i] = strtoull(s, &end, 10);
		if (end == s)
			return -EBADMSG;
		s = end;
	}
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->comm, open + 1, len);
	ret->ppid = field[PPID];
	ret->flags = field[FLAGS];
	ret->threads = field[THREADS];
	ret->start_ticks = field[START];
	ret->start_code = field[CODE];
	ret->start_stack = field[STACK];
	return 0;
}

/* What follows `key` at the beginning of a line. */
static const char *find_line(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *s = text; s; s = strchr(s, '\n')) {
		if (*s == '\n')
			s++;
		if (strncmp(s, key, len) == 0)
			return s + len;
	}
	return NULL;
}

int procfs_text__parse_status(const char *text, struct procfs_status *ret)
{
	const char *s = find_line(text, "Uid:");
	char *end;

	if (!s)
		return -EBADMSG;
	memset(ret, 0, sizeof(*ret));
	ret->uid = strtoul(s, &end, 10);
	ret->euid = strtoul(end, NULL, 10);
	s = find_line(text, "FDSize:");
	if (s)
		ret->fd_size = strtoul(s, NULL, 10);
	/* One number for each nested pid namespace, the innermost last; blanks between them. */
	s = find_line(text, "NSpid:");
	while (s && s[strspn(s, " \t")] != '\n') {
		unsigned long number = strtoul(s, &end, 10);

		if (end == s)
			break;
		ret->ns_tid = number;
		s = end;
	}
	return 0;
}

static uint64_t parse_limit(const char **s)
{
	uint64_t value;
	char *end;

	*s += strspn(*s, " ");
	if (strncmp(*s, "unlimited", 9) == 0) {
		*s += 9;
		return FDS_RLIM_INFINITY;
	}
	value = strtoull(*s, &end, 10);
	*s = end;
	return value;
}

int procfs_text__parse_limits(const char *text, uint64_t *ret_soft, uint64_t *ret_hard)
{
	const char *s = find_line(text, "Max open files");

	if (!s)
		return -EBADMSG;
	*ret_soft = parse_limit(&s);
	*ret_hard = parse_limit(&s);
	return 0;
}

int procfs_dents__next(int fd, struct procfs_dents *d, uint32_t *ret)
{
	for (;;) {
		const struct dirent64 *e;
		unsigned long number;
		char *end;

		if (d->at >= d->len) {
			d->len = syscall(SYS_getdents64, fd, d->buf, sizeof(d->buf));
			d->at = 0;
			if (d->len <= 0)
				return d->len ? -errno : 0;
		}
		e = (const struct dirent64 *)(d->buf + d->at);
		d->at += e->d_reclen;
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		number = strtoul(e->d_name, &end, 10);
		if (*end || number > UINT32_MAX)
			continue;
		*ret = number;
		return 1;
	}
}

bool procfs_stat__is_kthread(const struct procfs_stat *st)
{
	return st->flags & PF_KTHREAD;
}

static uint64_t tick_ns(void)
{
	long ticks = sysconf(_SC_CLK_TCK);

	return NS_PER_S / (ticks > 0 ? ticks : 100);
}

uint64_t procfs_stat__start_ns(const struct procfs_stat *st)
{
	return st->start_ticks * tick_ns();
}

bool procfs_stat__is_start(const struct procfs_stat *st, uint64_t start_ns)
{
	return st->start_ticks == start_ns / tick_ns();
}

/* Unique for a task in this boot: no two have both start time and tid in common. */
uint64_t procfs_stat__token(const struct procfs_stat *st, uint32_t tid)
{
	return st->start_ticks << TID_BITS | (tid & ((1u << TID_BITS) - 1));
}
