// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makers seldom met: system calls that few programs use, ioctls and socket options that give a
 * descriptor. What this kernel or our rights do not have is left out, so no count is certain
 * but the one that the bag keeps.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/landlock.h>
#include <linux/nsfs.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Younger than the oldest headers we build with. */
#define RARE_SO_PASSPIDFD 76
#define RARE_SO_PEERPIDFD 77
#define RARE_SCM_PIDFD	  4
#define RARE_SIOCGSKNS	  0x894C
#define RARE_PIDFD_GET_NS _IO(0xFF, 10) /* the UTS one: a namespace every process has */
#define RARE_UFFD_NEW	  _IO(0xAA, 0x00)
#define RARE_MEMFD_SECRET 447

static void add_if_made(struct bag *b, long fd)
{
	if (fd >= 0)
		bag__add(b, (int)fd);
	else
		WANT(errno != EBADF && errno != EFAULT && errno != EMFILE);
}

static long make_map(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static long make_perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY,
				       .disabled = 1};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static long make_ruleset(void)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};

	return syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
}

static long make_queue(void)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
	char name[32];
	long fd;

	snprintf(name, sizeof(name), "/storm-%d", getpid());
	fd = mq_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600, &attr);
	if (fd >= 0)
		MUST(mq_unlink(name));
	else if (errno == EMFILE)
		/* RLIMIT_MSGQUEUE, a limit in bytes, gives the same name. */
		errno = ENOSPC;
	return fd;
}

static void make_mount(struct bag *b)
{
	long fs = syscall(SYS_fsopen, "tmpfs", 1), mnt;

	add_if_made(b, fs);
	if (fs < 0)
		return;
	MUST(syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0));
	mnt = syscall(SYS_fsmount, fs, 1, 0);
	add_if_made(b, mnt);
}

static long open_by_handle(struct bag *b)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = {.h.handle_bytes = MAX_HANDLE_SZ};
	int mount_id, dir = (int)MUST(open("/etc", O_RDONLY | O_DIRECTORY));

	bag__add(b, dir);
	if (name_to_handle_at(AT_FDCWD, "/etc/passwd", &handle.h, &mount_id, 0) < 0)
		return -1;
	return open_by_handle_at(dir, &handle.h, O_RDONLY);
}

void maker__rare(struct bag *b)
{
	switch (rng__below(11)) {
	case 0:
		add_if_made(b, make_map());
		break;
	case 1:
		add_if_made(b, make_perf());
		break;
	case 2:
		add_if_made(b, syscall(SYS_userfaultfd, O_CLOEXEC));
		break;
	case 3:
		add_if_made(b, make_ruleset());
		break;
	case 4:
		add_if_made(b, make_queue());
		break;
	case 5:
		make_mount(b);
		break;
	case 6:
		add_if_made(b, syscall(SYS_open_tree, AT_FDCWD, "/", O_CLOEXEC));
		break;
	case 7:
		add_if_made(b, open_by_handle(b));
		break;
	case 8:
		add_if_made(b, syscall(RARE_MEMFD_SECRET, 0));
		break;
	case 9:
		add_if_made(b, syscall(SYS_fspick, AT_FDCWD, "/", 1));
		break;
	default:
#ifdef SYS_eventfd
		/* The first forms of these calls, which only old architectures have. */
		add_if_made(b, syscall(SYS_eventfd, 1));
		add_if_made(b, syscall(SYS_epoll_create, 5));
#endif
		add_if_made(b, make_map());
	}
}

static void make_terminal(struct bag *b)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	add_if_made(b, master);
	if (master < 0)
		return;
	MUST(unlockpt(master));
	add_if_made(b, ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
}

static void make_namespace(struct bag *b)
{
	int ns = (int)MUST(open("/proc/self/ns/pid", O_RDONLY));

	bag__add(b, ns);
	add_if_made(b, ioctl(ns, NS_GET_USERNS));
	add_if_made(b, ioctl(ns, NS_GET_PARENT));
}

/* The peer's pidfd, by socket option and as a message that nobody sent on purpose. */
static void make_peer(struct bag *b)
{
	union {
		struct cmsghdr hdr;
		char room[256];
	} control = {0};
	char byte = 'p';
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	int pair[2], one = 1, fd = -1;
	socklen_t len = sizeof(fd);

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	bag__add(b, pair[0]);
	bag__add(b, pair[1]);
	if (getsockopt(pair[0], SOL_SOCKET, RARE_SO_PEERPIDFD, &fd, &len) == 0)
		bag__add(b, fd);
	if (setsockopt(pair[0], SOL_SOCKET, RARE_SO_PASSPIDFD, &one, sizeof(one)) < 0)
		return;
	WANT(write(pair[1], &byte, 1) == 1);
	WANT(recvmsg(pair[0], &msg, 0) == 1);
	if (CMSG_FIRSTHDR(&msg) && control.hdr.cmsg_type == RARE_SCM_PIDFD) {
		memcpy(&fd, CMSG_DATA(&control.hdr), sizeof(fd));
		bag__add(b, fd);
	}
}

void maker__ioctl(struct bag *b)
{
	int fd;

	switch (rng__below(5)) {
	case 0:
		make_terminal(b);
		break;
	case 1:
		make_namespace(b);
		break;
	case 2:
		make_peer(b);
		break;
	case 3:
		fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
		bag__add(b, fd);
		add_if_made(b, ioctl(fd, RARE_SIOCGSKNS));
		fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
		add_if_made(b, fd);
		if (fd >= 0)
			add_if_made(b, ioctl(fd, RARE_PIDFD_GET_NS, 0));
		break;
	default:
		fd = open("/dev/userfaultfd", O_RDWR);
		add_if_made(b, fd);
		if (fd >= 0)
			add_if_made(b, ioctl(fd, RARE_UFFD_NEW, O_CLOEXEC));
		else
			maker__any(b);
	}
}
