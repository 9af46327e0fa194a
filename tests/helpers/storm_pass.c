// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors from other processes: pidfd_getfd, SCM_RIGHTS whole and cut off, and fanotify,
 * whose events bring descriptors through read().
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* The kernel's own limit for one message (SCM_MAX_FD). */
#define MESSAGE_MAX 253

union control {
	struct cmsghdr hdr;
	char room[CMSG_SPACE(MESSAGE_MAX * sizeof(int))];
};

static struct bag bag;

void scm__send(int sock, const int *fds, unsigned int cnt)
{
	union control control = {0};
	struct iovec iov = {.iov_base = (char[]){'f'}, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = CMSG_LEN(cnt * sizeof(int))};

	WANT(cnt <= MESSAGE_MAX);
	control.hdr.cmsg_level = SOL_SOCKET;
	control.hdr.cmsg_type = SCM_RIGHTS;
	control.hdr.cmsg_len = CMSG_LEN(cnt * sizeof(int));
	memcpy(CMSG_DATA(&control.hdr), fds, cnt * sizeof(int));
	WANT(TEMP_FAILURE_RETRY(sendmsg(sock, &msg, 0)) == 1);
}

unsigned int scm__recv(int sock, int *ret_fds, unsigned int cnt, int flags, bool *ret_truncated)
{
	union control control = {0};
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	/* Not CMSG_SPACE: its padding would have room for one more. */
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = cnt ? &control : NULL,
			     .msg_controllen = cnt ? CMSG_LEN(cnt * sizeof(int)) : 0};
	struct cmsghdr *c;
	unsigned int got = 0;

	WANT(TEMP_FAILURE_RETRY(recvmsg(sock, &msg, flags)) == 1);
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		got = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(ret_fds, CMSG_DATA(c), got * sizeof(int));
	}
	*ret_truncated = msg.msg_flags & MSG_CTRUNC;
	return got;
}

/* The same with an array of messages: recvmmsg installs descriptors as well. */
static unsigned int recv_many(int sock, int *ret_fds, unsigned int cnt)
{
	union control control = {0};
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct mmsghdr m = {.msg_hdr = {.msg_iov = &iov,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = CMSG_LEN(cnt * sizeof(int))}};
	unsigned int got;

	WANT(recvmmsg(sock, &m, 1, MSG_CMSG_CLOEXEC, NULL) == 1);
	got = (unsigned int)((control.hdr.cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(ret_fds, CMSG_DATA(&control.hdr), got * sizeof(int));
	return got;
}

static int wire[2];
static unsigned int messages;

static void receiver(long arg)
{
	int fds[MESSAGE_MAX];
	unsigned int i, j, got;
	struct bag own = {0};
	bool truncated;

	MUST(close(wire[0]));
	bag__fill(&own, 20 + (size_t)arg);
	for (i = 0; i < messages; i++) {
		if (rng__one_in(4)) {
			got = recv_many(wire[1], fds, MESSAGE_MAX);
		} else {
			got = scm__recv(wire[1], fds, MESSAGE_MAX,
					rng__one_in(2) ? MSG_CMSG_CLOEXEC : 0, &truncated);
			WANT(!truncated);
		}
		WANT(got > 0);
		for (j = 0; j < got; j++)
			bag__add(&own, fds[j]);
		if (own.cnt > 400)
			bag__close_to(&own, 150);
	}
	WANT(fds__count() == ACTOR_FDS + own.cnt + 1);
}

void case__scm_rights(void)
{
	int fds[MESSAGE_MAX];
	unsigned int i, j, cnt;

	messages = 300;
	/* The receiver begins with none of them: what it has it got by messages. */
	bag__close_to(&bag, 0);
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, wire));
	actor__spawn(receiver, (long)stage__round());
	MUST(close(wire[1]));
	bag__fill(&bag, 200);
	for (i = 0; i < messages; i++) {
		cnt = rng__one_in(30) ? MESSAGE_MAX : 1 + rng__below(8);
		for (j = 0; j < cnt; j++)
			fds[j] = bag__pick(&bag);
		scm__send(wire[0], fds, cnt);
		bag__churn(&bag, maker__any, 4, 220);
	}
	stage__await(1);
	MUST(close(wire[0]));
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

/* A buffer for fewer than come: the kernel installs what fits and drops the rest. */
static void receive_cut(struct bag *b)
{
	int sent[40], fds[MESSAGE_MAX];
	unsigned int cnt, room, got, i;
	bool truncated;

	cnt = 2 + rng__below(39);
	room = rng__below(cnt);
	for (i = 0; i < cnt; i++)
		sent[i] = bag__pick(b);
	scm__send(wire[0], sent, cnt);
	got = scm__recv(wire[1], fds, room, rng__one_in(2) ? MSG_CMSG_CLOEXEC : 0, &truncated);
	WANT(truncated && got == room);
	for (i = 0; i < got; i++)
		bag__add(b, fds[i]);
	if (b->cnt > 200)
		bag__close_to(b, 60);
}

static void set_soft(rlim_t soft)
{
	struct rlimit rl;

	MUST(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = soft;
	MUST(setrlimit(RLIMIT_NOFILE, &rl));
}

/* Room enough in the buffer, but the receiver comes to its soft limit on the way. */
static void receive_at_limit(struct bag *b)
{
	int sent[40], fds[MESSAGE_MAX], free_cnt = (int)rng__below(10), top;
	unsigned int got, i;
	bool truncated;

	for (i = 0; i < 40; i++)
		sent[i] = bag__pick(b);
	scm__send(wire[0], sent, 40);
	/* With the lowest free number found, the table below it is full: the limit stands there. */
	top = (int)MUST(dup(0));
	MUST(close(top));
	for (i = 0; (int)i < free_cnt; i++)
		MUST_FAIL(fcntl(top + (int)i, F_GETFD), EBADF);
	set_soft((rlim_t)(top + free_cnt));
	got = scm__recv(wire[1], fds, 40, 0, &truncated);
	WANT(truncated && got == (unsigned int)free_cnt);
	for (i = 0; i < got; i++)
		bag__add(b, fds[i]);
}

static void truncated_actor(long arg)
{
	struct bag own = {0};
	int i;

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, wire));
	bag__fill(&own, 60);
	for (i = 0; i < 200; i++)
		receive_cut(&own);
	if (arg % 2) {
		/* Fresh and without holes, so that it is known how many numbers are left. */
		bag__close_to(&own, 0);
		bag__fill(&own, 100);
		receive_at_limit(&own);
	}
}

void case__scm_truncated(void)
{
	long i;

	for (i = 0; i < 6; i++)
		actor__spawn(truncated_actor, i);
	stage__await(6);
}

static void owner(long arg)
{
	struct bag own = {0};

	bag__fill(&own, 100 + (size_t)arg);
}

void case__pidfd_getfd(void)
{
	int pidfds[3], i, fd;
	pid_t pids[3];

	for (i = 0; i < 3; i++) {
		pids[i] = actor__spawn(owner, i);
		pidfds[i] = (int)MUST(syscall(SYS_pidfd_open, pids[i], 0));
	}
	stage__await(3);
	fd = (int)syscall(SYS_pidfd_getfd, pidfds[0], 0, 0);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		stage__skip("pidfd_getfd: %s", strerror(errno));
	bag__add(&bag, MUST(fd));
	for (i = 0; i < 1000; i++) {
		/* Actors hold all numbers from 3 up to about 100. */
		fd = ACTOR_FDS + (int)rng__below(90);
		bag__add(&bag, MUST(syscall(SYS_pidfd_getfd, pidfds[rng__below(3)], fd, 0)));
		if (rng__one_in(10))
			MUST_FAIL(syscall(SYS_pidfd_getfd, pidfds[0], 100000, 0), EBADF);
		if (bag.cnt > 300)
			bag__close_to(&bag, 100 + rng__below(100));
	}
	for (i = 0; i < 3; i++)
		MUST(close(pidfds[i]));
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

/* Reads all events that wait; each brings a descriptor of the file it is about. */
static void read_events(int fan)
{
	struct fanotify_event_metadata events[16];
	ssize_t n;

	while ((n = read(fan, events, sizeof(events))) > 0) {
		const struct fanotify_event_metadata *e = events;

		for (; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n))
			bag__add(&bag, e->fd);
		if (bag.cnt > 300)
			bag__close_to(&bag, 100);
	}
	WANT(n < 0 && errno == EAGAIN);
}

void case__fanotify_read(void)
{
	char name[] = "/tmp/storm-XXXXXX", path[32];
	int fan, fd, i;

	fan = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
	if (fan < 0)
		stage__skip("fanotify_init: %s", strerror(errno));
	fd = (int)MUST(mkstemp(name));
	MUST(unlink(name));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, path) < 0)
		stage__skip("fanotify_mark: %s", strerror(errno));
	for (i = 0; i < 400; i++) {
		/* Equal events merge, so each is read before the next. */
		MUST(close(open(path, O_RDONLY)));
		read_events(fan);
	}
	MUST(close(fd));
	MUST(close(fan));
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(bag.cnt || stage__quiet());
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}
