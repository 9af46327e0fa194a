// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makers: the usual system calls that give descriptors, one or two at a time, into a bag.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

static void add_pair(struct bag *b, const int *pair)
{
	bag__add(b, pair[0]);
	bag__add(b, pair[1]);
}

static int open_by_openat2(const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static int open_temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	/* Not every file system has O_TMPFILE. */
	return fd < 0 ? open("/dev/null", O_RDWR) : fd;
}

void maker__open(struct bag *b)
{
	struct stat st;
	int dir;

	switch (rng__below(10)) {
	case 0:
		bag__add(b, MUST(open("/", O_RDONLY | O_DIRECTORY)));
		break;
	case 1:
		bag__add(b, MUST(open("/etc/passwd", O_PATH | O_CLOEXEC)));
		break;
	case 2:
		bag__add(b, MUST(open_by_openat2("/dev/zero")));
		break;
	case 3:
		dir = (int)MUST(open("/dev", O_PATH));
		bag__add(b, MUST(openat(dir, "null", O_WRONLY | O_CLOEXEC)));
		bag__add(b, dir);
		break;
	case 4:
		bag__add(b, MUST(open_temporary()));
		break;
	case 5:
		bag__add(b, MUST(creat("/dev/null", 0600)));
		break;
	case 6:
		MUST_FAIL(open("/nonexistent/file", O_RDONLY), ENOENT);
		MUST_FAIL(open("/etc", O_WRONLY), EISDIR);
		break;
	case 7:
		bag__add(b, MUST(open("/proc/self/status", O_RDONLY)));
		MUST(fstat(bag__pick(b), &st));
		break;
	default:
		bag__add(b, MUST(open("/dev/null", O_RDWR | O_CLOEXEC)));
	}
}

void maker__pipe2(struct bag *b)
{
	int pair[2];

	if (rng__one_in(4))
		MUST(pipe(pair));
	else
		MUST(pipe2(pair, rng__one_in(2) ? O_CLOEXEC : O_NONBLOCK | O_DIRECT));
	add_pair(b, pair);
}

void maker__socketpair(struct bag *b)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	int pair[2], type = types[rng__below(3)];

	if (rng__one_in(4)) {
		bag__add(b, MUST(socket(rng__one_in(2) ? AF_INET : AF_UNIX, SOCK_STREAM, 0)));
		return;
	}
	/* Fails when both numbers are reserved already. */
	MUST_FAIL(socketpair(AF_INET, SOCK_STREAM, 0, pair), EOPNOTSUPP);
	MUST(socketpair(AF_UNIX, type | (rng__one_in(2) ? SOCK_CLOEXEC : 0), 0, pair));
	add_pair(b, pair);
}

void maker__eventfd(struct bag *b)
{
	if (rng__one_in(3))
		bag__add(b, MUST(syscall(SYS_eventfd2, 7, 0)));
	else
		bag__add(b, MUST(eventfd(3, EFD_CLOEXEC | (rng__one_in(2) ? EFD_NONBLOCK : 0))));
}

void maker__epoll(struct bag *b)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int ep, member;

	ep = (int)MUST(rng__one_in(2) ? epoll_create(8) : epoll_create1(EPOLL_CLOEXEC));
	bag__add(b, ep);
	member = (int)MUST(eventfd(0, 0));
	bag__add(b, member);
	ev.data.fd = member;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, member, &ev));
	if (rng__one_in(4))
		MUST(epoll_ctl(ep, EPOLL_CTL_DEL, member, NULL));
}

void maker__timerfd(struct bag *b)
{
	/* So far away that it never fires while a test looks. */
	struct itimerspec far = {.it_value = {.tv_sec = 1000000}};
	int fd;

	fd = (int)MUST(timerfd_create(rng__one_in(2) ? CLOCK_MONOTONIC : CLOCK_REALTIME,
				      rng__one_in(2) ? TFD_CLOEXEC : TFD_NONBLOCK));
	if (rng__one_in(2))
		MUST(timerfd_settime(fd, 0, &far, NULL));
	bag__add(b, fd);
}

void maker__signalfd(struct bag *b)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	fd = (int)MUST(signalfd(-1, &set, rng__one_in(2) ? SFD_CLOEXEC : SFD_NONBLOCK));
	bag__add(b, fd);
	if (rng__one_in(3)) {
		/* Changes the mask in place and returns the same number: nothing is made. */
		sigaddset(&set, SIGUSR2);
		WANT(signalfd(fd, &set, 0) == fd);
	}
}

void maker__inotify(struct bag *b)
{
	int fd;

	/*
	 * fs.inotify.max_user_instances is 128 by default for all of a user's processes, and the
	 * end of each instance waits for a grace period: most of the moves are dups.
	 */
	if (b->cnt > 100)
		bag__close_to(b, 30);
	if (b->cnt && !rng__one_in(8)) {
		bag__add(b, MUST(dup(bag__pick(b))));
		return;
	}
	fd = inotify_init1(rng__one_in(2) ? IN_CLOEXEC : IN_NONBLOCK);
	if (fd < 0 && errno == EMFILE && b->cnt == 0)
		stage__skip("no inotify instance is left for this user");
	bag__add(b, MUST(fd));
	if (rng__one_in(2))
		MUST(inotify_add_watch(fd, "/etc", IN_CREATE));
}

void maker__memfd(struct bag *b)
{
	int fd;

	fd = (int)MUST(memfd_create("storm", rng__one_in(2) ? MFD_CLOEXEC : MFD_ALLOW_SEALING));
	MUST(ftruncate(fd, (off_t)rng__below(65536)));
	bag__add(b, fd);
}

/* A child made with CLONE_PIDFD: ends at once and is reaped, or stands still. */
static int clone_with_pidfd(bool stays)
{
	pid_t parent = getpid(), pid;
	int fd = -1;

	if (rng__one_in(2)) {
		struct clone_args args = {.flags = CLONE_PIDFD,
					  .pidfd = (uint64_t)(uintptr_t)&fd,
					  .exit_signal = SIGCHLD};

		pid = (pid_t)MUST(syscall(SYS_clone3, &args, sizeof(args)));
	} else {
		/* The old clone takes the pidfd's place in the parent_tid argument. */
		pid = (pid_t)MUST(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &fd, NULL, NULL));
	}
	if (pid == 0) {
		actor__settle(parent, 5);
		if (!stays)
			_exit(7);
		for (;;)
			pause();
	}
	WANT(fd >= 0);
	if (stays)
		actor__adopt(pid);
	else
		actor__reap(pid, 7 << 8);
	return fd;
}

void maker__pidfd(struct bag *b)
{
	if (rng__one_in(40))
		bag__add(b, clone_with_pidfd(rng__one_in(2)));
	else
		bag__add(b,
			 MUST(syscall(SYS_pidfd_open, rng__one_in(2) ? getpid() : getppid(), 0)));
}
