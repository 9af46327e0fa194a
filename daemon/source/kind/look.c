// SPDX-License-Identifier: GPL-2.0-or-later
/* A look at each descriptor that tells more; see look.h. */
#include "source/kind/look.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/patient.h"
#include "base/text.h"
#include "source/kind/fdinfo.h"
#include "source/kind/kind.h"
#include "source/kind/locks.h"
#include "source/kind/sockets.h"
#include "source/procfs_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FDINFO_SZ     (256 * 1024)
#define FDINFO_ALL_SZ (16 * 1024 * 1024)
#define LOCKS_SZ      (1024 * 1024)
#define LOCK_LINES    (16 * 1024)
#define TARGETS_MAX   4096

struct look {
	struct file_list *list;
	int dir; /* of the process or thread */
	uint64_t until_ns;
	char *buf;
	bool cut;	/* what is in it */
	size_t kept_sz; /* of fdinfo texts */
	struct lock_line *locks;
	size_t lock_cnt;
	uint64_t *locked; /* inode numbers of all locks, ascending */
	size_t target_cap;
};

static const char *reason(int error)
{
	switch (error) {
	case ENOENT:
		return "closed while it was read";
	case ESTALE:
		return "closed and used again while it was read";
	case EBUSY:
		return "it did not answer in time";
	case ETIME:
		return "there was no time to look at it";
	case E2BIG:
		return "all of them tell too much to be read at once";
	default:
		return strerrordesc_np(error) ?: "unknown error";
	}
}

static bool whois(uint32_t pid, struct file_process *ret)
{
	_cleanup_free_ char *text = malloc(PROCFS_TEXT_SZ);
	struct procfs_status status;
	const char *name;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	if (!text || procfs_text__read(AT_FDCWD, path, text, PROCFS_TEXT_SZ) < 0 ||
	    procfs_text__parse_status(text, &status))
		return false;
	*ret = (struct file_process){.pid = pid, .uid = status.uid, .euid = status.euid};
	name = fdinfo__find(text, "Name:");
	if (name)
		text__copy_utf8(ret->comm, sizeof(ret->comm), name, strcspn(name, "\n"));
	return true;
}

/* ---- fdinfo ---- */

/* Of text that is cut, whole lines; `ino:` (since 5.14) tells whether it is of that file. */
static int check_text(struct look *k, const struct file_row *row, size_t len)
{
	char *text = k->buf, *last;
	uint64_t inode;

	k->cut = len == FDINFO_SZ - 1;
	last = k->cut ? strrchr(text, '\n') : NULL;
	if (last)
		last[1] = '\0';
	if (fdinfo__parse_uint(text, "ino:", 10, &inode) && inode != row->rec.inode)
		return -ESTALE;
	return 0;
}

static int read_fdinfo(struct look *k, const struct file_row *row, bool waits)
{
	char name[PATIENT_NAME_MAX + 1];
	ssize_t len;

	snprintf(name, sizeof(name), "fdinfo/%u", row->rec.fd);
	len = waits ? patient__read(k->dir, name, k->buf, FDINFO_SZ)
		    : procfs_text__read(k->dir, name, k->buf, FDINFO_SZ);
	return len < 0 ? len : check_text(k, row, len);
}

static int keep_fdinfo(struct look *k, struct file_row *row)
{
	size_t sz = strlen(k->buf) + 1;

	if (k->kept_sz + sz > FDINFO_ALL_SZ)
		return -E2BIG;
	row->fdinfo = strdup(k->buf);
	k->kept_sz += sz;
	if (k->cut)
		row->detail_error = "cut: there is more of it";
	return row->fdinfo ? 0 : -ENOMEM;
}

static int by_number(const void *va, const void *vb)
{
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;

	return a < b ? -1 : a > b;
}

/* By its number alone: a file of that number elsewhere is looked at in vain. */
static bool is_locked(const struct look *k, const struct file_row *row)
{
	return k->locked &&
	       bsearch(&row->rec.inode, k->locked, k->lock_cnt, sizeof(*k->locked), by_number);
}

static void look_at(struct look *k, struct file_row *row)
{
	const struct kind_ops *ops = row->rec.mode ? kind__ops(row->kind) : NULL;
	bool tells = ops && (ops->needs & KIND_FDINFO);
	/* Before 6.0 the inode of an anonymous file is one for all: none is locked by that. */
	bool locked = (row->rec.mode & S_IFMT) && is_locked(k, row);
	int err = 0;

	if (!tells && !locked)
		return;
	if (clock__now_ns() > k->until_ns)
		err = -ETIME;
	/* Whoever made the file system or the driver decides how long a locked file's takes. */
	if (!err)
		err = read_fdinfo(k, row, !tells || (ops->needs & KIND_WAITS));
	if (!err && tells)
		err = keep_fdinfo(k, row);
	if (!err && locked)
		err = locks__add(k->list, row, k->buf, k->locks, k->lock_cnt, whois);
	if (err)
		row->detail_error = reason(-err);
}

/* ---- what is looked at once for all ---- */

static bool may_lock(const struct file_row *row)
{
	return row->kind == FDS_KIND_FILE || row->kind == FDS_KIND_DIR ||
	       row->kind == FDS_KIND_MEMFD || row->kind == FDS_KIND_CHAR ||
	       row->kind == FDS_KIND_BLOCK || row->kind == FDS_KIND_FIFO ||
	       row->kind == FDS_KIND_PIPE;
}

static bool any(const struct file_list *l, bool (*is)(const struct file_row *row))
{
	for (size_t i = 0; i < l->cnt; i++)
		if (is(&l->rows[i]))
			return true;
	return false;
}

static bool is_device(const struct file_row *row)
{
	return row->kind == FDS_KIND_CHAR || row->kind == FDS_KIND_BLOCK;
}

/* All of a file that comes in pieces, within `sz`. */
static int read_all(const char *path, char *buf, size_t sz)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t len;

	if (fd < 0)
		return -errno;
	while (used < sz - 1 && (len = read(fd, buf + used, sz - 1 - used)) != 0) {
		if (len < 0)
			return -errno;
		used += len;
	}
	buf[used] = '\0';
	return 0;
}

static void look_at_locks(struct look *k)
{
	_cleanup_free_ char *text = NULL;

	if (!any(k->list, may_lock))
		return;
	text = malloc(LOCKS_SZ);
	if (!text || read_all("/proc/locks", text, LOCKS_SZ) ||
	    lock_lines__parse(text, "", LOCK_LINES, &k->locks, &k->lock_cnt) || !k->lock_cnt)
		return;
	k->locked = calloc(k->lock_cnt, sizeof(*k->locked));
	if (!k->locked)
		return;
	for (size_t i = 0; i < k->lock_cnt; i++)
		k->locked[i] = k->locks[i].inode;
	qsort(k->locked, k->lock_cnt, sizeof(*k->locked), by_number);
}

static void look_at_devices(struct look *k)
{
	char *text;

	if (!any(k->list, is_device))
		return;
	text = malloc(PROCFS_TEXT_SZ);
	if (text && !read_all("/proc/devices", text, PROCFS_TEXT_SZ))
		k->list->devices = text;
	else
		free(text);
}

static int by_pid(const void *va, const void *vb)
{
	const struct file_process *a = va, *b = vb;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static void look_at_targets(struct look *k)
{
	struct file_list *l = k->list;

	for (size_t i = 0; i < l->cnt && l->target_cnt < TARGETS_MAX; i++) {
		const struct file_row *row = &l->rows[i];
		struct file_process p;
		uint64_t pid;

		if (row->kind != FDS_KIND_PIDFD || !row->fdinfo || clock__now_ns() > k->until_ns ||
		    !fdinfo__parse_uint(row->fdinfo, "Pid:", 10, &pid) || !pid || pid > INT32_MAX ||
		    !whois(pid, &p))
			continue;
		if (array_reserve(l->targets, k->target_cap, l->target_cnt))
			return;
		l->targets[l->target_cnt++] = p;
	}
	if (l->target_cnt)
		qsort(l->targets, l->target_cnt, sizeof(*l->targets), by_pid);
}

static void note_unknown_peers(struct file_list *l)
{
	for (size_t i = 0; i < l->cnt; i++) {
		struct file_row *row = &l->rows[i];

		if (!row->knows_peers && !row->detail_error &&
		    (row->kind == FDS_KIND_PIPE || row->kind == FDS_KIND_FIFO ||
		     row->kind == FDS_KIND_UNIX))
			row->detail_error = "who has the other end is not known in this tier";
	}
}

static int open_dir(pid_t pid, pid_t tid)
{
	char path[PROCFS_PATH_SZ];

	if (tid && tid != pid)
		snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, tid);
	else
		snprintf(path, sizeof(path), "/proc/%d", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void file_list__look(struct file_list *l, pid_t pid, pid_t tid)
{
	_cleanup_close_ int dir = open_dir(pid, tid);
	_cleanup_free_ char *buf = malloc(FDINFO_SZ);
	struct look k = {
		.list = l,
		.dir = dir,
		.until_ns = clock__now_ns() + LOOK_MS * NSEC_PER_MSEC,
		.buf = buf,
	};

	if (dir < 0 || !buf)
		return;
	look_at_locks(&k);
	for (size_t i = 0; i < l->cnt; i++)
		look_at(&k, &l->rows[i]);
	look_at_targets(&k);
	look_at_devices(&k);
	sockets__look(l, dir, k.until_ns);
	note_unknown_peers(l);
	free(k.locks);
	free(k.locked);
}
