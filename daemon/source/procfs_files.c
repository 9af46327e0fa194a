// SPDX-License-Identifier: GPL-2.0-or-later
/* The descriptors of one process and their names, out of /proc; see procfs.h. */
#include "source/procfs.h"

#include "base/cleanup.h"
#include "source/procfs_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FDINFO_SZ   1024 /* pos and flags are its first lines */
#define PROTOCOL_SZ 32
#define DELETED	    " (deleted)"
#define ANON_INODE  "anon_inode:"
#define KERNEL_CLOEXEC                                                                             \
	02000000 /* fdinfo shows the flag of the descriptor among those of the ofd                 \
		  */

/* What sockfs tells of a socket to whoever may follow the link. */
struct protocol {
	const char *name;
	uint16_t family;
	uint16_t type; /* 0: the name is that of more than one */
};

static const struct protocol protocols[] = {
	{"UNIX", AF_UNIX, 0}, /* datagrams and packets; before 6.1 streams too */
	{"UNIX-STREAM", AF_UNIX, SOCK_STREAM},
	{"TCP", AF_INET, SOCK_STREAM},
	{"TCPv6", AF_INET6, SOCK_STREAM},
	{"MPTCP", AF_INET, SOCK_STREAM},
	{"MPTCPv6", AF_INET6, SOCK_STREAM},
	{"UDP", AF_INET, SOCK_DGRAM},
	{"UDPv6", AF_INET6, SOCK_DGRAM},
	{"UDP-Lite", AF_INET, SOCK_DGRAM},
	{"UDPLITEv6", AF_INET6, SOCK_DGRAM},
	{"PING", AF_INET, SOCK_DGRAM},
	{"PINGv6", AF_INET6, SOCK_DGRAM},
	{"RAW", AF_INET, SOCK_RAW},
	{"RAWv6", AF_INET6, SOCK_RAW},
	{"SCTP", AF_INET, 0},
	{"SCTPv6", AF_INET6, 0},
	{"NETLINK", AF_NETLINK, SOCK_RAW},
	{"PACKET", AF_PACKET, 0},
	{"AF_VSOCK", AF_VSOCK, 0},
	{"ALG", AF_ALG, SOCK_SEQPACKET},
	{"KEY", AF_KEY, SOCK_RAW},
	{"XDP", AF_XDP, SOCK_RAW},
};

/* "/proc/1" or "/proc/1/task/2". */
static void make_task_path(char *buf, size_t buf_sz, pid_t pid, pid_t tid)
{
	if (tid && tid != pid)
		snprintf(buf, buf_sz, "/proc/%d/task/%d", pid, tid);
	else
		snprintf(buf, buf_sz, "/proc/%d", pid);
}

static int open_dir(int at, const char *path, int flags)
{
	int fd = openat(at, path, flags | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int procfs_names__open(pid_t pid, pid_t tid)
{
	char path[PROCFS_PATH_SZ + sizeof("/fd")];

	make_task_path(path, PROCFS_PATH_SZ, pid, tid);
	strcat(path, "/fd");
	return open_dir(AT_FDCWD, path, O_PATH);
}

int procfs_names__read(int dir, int fd, char *buf, size_t buf_sz)
{
	char number[16];
	ssize_t len;

	snprintf(number, sizeof(number), "%d", fd);
	len = readlinkat(dir, number, buf, buf_sz - 1);
	if (len < 0)
		return -errno;
	buf[len] = '\0';
	return 0;
}

void procfs_names__close(int dir)
{
	if (dir >= 0)
		close(dir);
}

/* The last part of a link's text, as the iterator finds it in the kernel. */
static void fill_name(const char *link, uint32_t nlink, struct fds_file_rec *rec)
{
	const char *s = strrchr(link, '/');
	size_t len;

	s = s ? s + 1 : link;
	if (strncmp(s, ANON_INODE, strlen(ANON_INODE)) == 0)
		s += strlen(ANON_INODE);
	len = strlen(s);
	/* A file may be called so; only where no link is left did the kernel add it. */
	if (nlink == 0 && len >= strlen(DELETED) && strcmp(s + len - strlen(DELETED), DELETED) == 0)
		len -= strlen(DELETED);
	if (len > sizeof(rec->name) - 1)
		len = sizeof(rec->name) - 1;
	memcpy(rec->name, s, len);
}

static void fill_socket(const char *path, struct fds_file_rec *rec)
{
	char name[PROTOCOL_SZ + 1];
	ssize_t len = getxattr(path, "system.sockprotoname", name, PROTOCOL_SZ);

	if (len <= 0)
		return;
	name[len] = '\0';
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (strcmp(name, protocols[i].name) == 0) {
			rec->sock_family = protocols[i].family;
			rec->sock_type = protocols[i].type;
			return;
		}
	}
}

static int fill_inode(int fds, const char *number, const char *task_path, struct fds_file_rec *rec)
{
	char path[2 * PROCFS_PATH_SZ], link[PROCFS_PATH_SZ];
	struct statx st;

	/* What is known will do: a server that does not answer must not stop us. */
	if (statx(fds, number, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st) < 0)
		return -errno;
	rec->inode = st.stx_ino;
	rec->size = st.stx_size;
	rec->mode = st.stx_mode;
	rec->nlink = st.stx_nlink;
	rec->major = st.stx_dev_major;
	rec->minor = st.stx_dev_minor;
	rec->blocks = st.stx_blocks;
	rec->rdev = FDS_MKDEV(st.stx_rdev_major, st.stx_rdev_minor);
	/* A socket's name in a file system (O_PATH) has none, and its server may never answer. */
	if (S_ISSOCK(st.stx_mode) && readlinkat(fds, number, link, sizeof(link)) > 8 &&
	    !strncmp(link, "socket:[", 8)) {
		snprintf(path, sizeof(path), "%s/fd/%s", task_path, number);
		fill_socket(path, rec);
	}
	return 0;
}

static int fill_flags(int dir, const char *number, struct fds_file_rec *rec)
{
	char path[PROCFS_PATH_SZ], text[FDINFO_SZ];
	const char *flags;
	uint32_t value;
	ssize_t len;

	snprintf(path, sizeof(path), "fdinfo/%s", number);
	len = procfs_text__read(dir, path, text, sizeof(text));
	if (len < 0)
		return len;
	flags = strstr(text, "\nflags:");
	if (strncmp(text, "pos:", 4) != 0 || !flags)
		return -EBADMSG;
	rec->offset = strtoll(text + 4, NULL, 10);
	value = strtoul(flags + strlen("\nflags:"), NULL, 8);
	rec->cloexec = !!(value & KERNEL_CLOEXEC);
	rec->flags = value & ~(uint32_t)KERNEL_CLOEXEC;
	rec->fmode = 0;
	if (value & O_PATH)
		return 0;
	if ((value & O_ACCMODE) == O_RDONLY || (value & O_ACCMODE) == O_RDWR)
		rec->fmode |= FDS_FMODE_READ;
	if ((value & O_ACCMODE) == O_WRONLY || (value & O_ACCMODE) == O_RDWR)
		rec->fmode |= FDS_FMODE_WRITE;
	return 0;
}

/* What all records of one process have in common. */
static int fill_owner(int dir, struct fds_file_rec *rec)
{
	_cleanup_free_ char *text = malloc(PROCFS_TEXT_SZ);
	struct procfs_status status;
	struct procfs_stat st;
	ssize_t len;
	int r;

	if (!text)
		return -ENOMEM;
	len = procfs_text__read(dir, "stat", text, PROCFS_TEXT_SZ);
	r = len < 0 ? len : procfs_text__parse_stat(text, &st);
	if (r < 0)
		return r;
	len = procfs_text__read(dir, "status", text, PROCFS_TEXT_SZ);
	r = len < 0 ? len : procfs_text__parse_status(text, &status);
	if (r < 0)
		return r;
	memcpy(rec->comm, st.comm, sizeof(rec->comm));
	rec->files = procfs_stat__token(&st, rec->tid);
	rec->uid = status.uid;
	rec->euid = status.euid;
	if (rec->tid != rec->tgid) {
		len = procfs_text__read(dir, "../../stat", text, PROCFS_TEXT_SZ);
		r = len < 0 ? len : procfs_text__parse_stat(text, &st);
		if (r < 0)
			return r;
	}
	rec->start_ns = procfs_stat__start_ns(&st);
	return 0;
}

/* No room of our own for one more descriptor or object: the list cannot go on. */
static bool is_fatal(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

static bool is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/*
 * One descriptor; 1: it has gone.  What of it may not be read stays 0: an error is a row, not a
 * lost descriptor.
 */
static int fill_file(int dir, int fds, const char *task_path, uint32_t fd, struct fds_file_rec *rec)
{
	char number[16], link[PATH_MAX];
	int r;

	rec->fd = fd;
	snprintf(number, sizeof(number), "%u", fd);
	r = fill_flags(dir, number, rec);
	if (is_gone(r))
		return 1;
	if (!is_fatal(r))
		r = fill_inode(fds, number, task_path, rec);
	if (is_fatal(r))
		return r;
	r = procfs_names__read(fds, fd, link, sizeof(link));
	if (r == 0)
		fill_name(link, rec->nlink, rec);
	return is_gone(r) ? 1 : is_fatal(r) ? r : 0;
}

struct procfs_files {
	struct fds_file_rec owner; /* what all its records have in common */
	int dir, fds;
	char path[PROCFS_PATH_SZ];
	struct procfs_dents dents;
};

int procfs_files__open(pid_t pid, pid_t tid, struct procfs_files **ret)
{
	struct procfs_files *w = malloc(sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->owner = (struct fds_file_rec){.tgid = pid, .tid = tid ? tid : pid};
	w->fds = -1;
	w->dents.len = w->dents.at = 0;
	make_task_path(w->path, sizeof(w->path), pid, tid);
	r = w->dir = open_dir(AT_FDCWD, w->path, O_PATH);
	if (r >= 0)
		r = fill_owner(w->dir, &w->owner);
	if (r >= 0)
		r = w->fds = open_dir(w->dir, "fd", O_RDONLY);
	if (r < 0) {
		procfs_files__close(w);
		return is_gone(r) ? -ESRCH : r;
	}
	*ret = w;
	return 0;
}

int procfs_files__next(struct procfs_files *w, struct fds_file_rec *ret)
{
	uint32_t fd;
	int r;

	while ((r = procfs_dents__next(w->fds, &w->dents, &fd)) > 0) {
		/* Ours are not there when the list is done. */
		if (w->owner.tgid == (uint32_t)getpid() && ((int)fd == w->dir || (int)fd == w->fds))
			continue;
		*ret = w->owner;
		r = fill_file(w->dir, w->fds, w->path, fd, ret);
		if (r <= 0)
			return r < 0 ? r : 1;
	}
	return is_gone(r) ? -ESRCH : r;
}

void procfs_files__close(struct procfs_files *w)
{
	if (!w)
		return;
	if (w->dir >= 0)
		close(w->dir);
	if (w->fds >= 0)
		close(w->fds);
	free(w);
}

int procfs__thread_files(pid_t pid, pid_t tid, procfs_file_fn fn, void *ctx)
{
	struct procfs_files *w;
	struct fds_file_rec rec;
	int r = procfs_files__open(pid, tid, &w);

	if (r < 0)
		return r;
	while ((r = procfs_files__next(w, &rec)) > 0) {
		r = fn(ctx, &rec);
		if (r)
			break;
	}
	procfs_files__close(w);
	return r;
}
