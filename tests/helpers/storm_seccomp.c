// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seccomp: a supervisor puts descriptors into a process that waits in one harmless system call:
 * under a new number, over a used one, over an empty one, and as the call's own result.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CALLS 400

/* Nothing else calls this one: all of them come to the supervisor. */
#define WATCHED SYS_getpgid

enum { GATE_LISTENER, GATE_TAKEN };

static struct bag bag;

static int install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WATCHED, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &prog);
}

/* Each call comes back with the number that the supervisor put something under. */
static void supervised(long arg)
{
	struct bag own = {0};
	int listener, i, fd;

	(void)arg;
	bag__fill(&own, 60);
	listener = (int)MUST(install_filter());
	gate__set(GATE_LISTENER, listener + 1);
	/* Our own would keep us waiting for ever if the supervisor died. */
	gate__await(GATE_TAKEN, 1);
	MUST(close(listener));
	for (i = 0; i < CALLS; i++) {
		/* The supervisor replaces the number given, or chooses one itself for 0. */
		int wish = rng__one_in(3)   ? bag__pick(&own)
			   : rng__one_in(2) ? 600 + (int)rng__below(600)
					    : 0;

		fd = (int)MUST(syscall(WATCHED, wish));
		WANT(!wish || fd == wish);
		MUST(fcntl(fd, F_GETFD));
		if (!bag__has(&own, fd))
			bag__add(&own, fd);
		if (own.cnt > 250)
			bag__close_to(&own, 100);
	}
	/* The supervisor's own came with the fork. */
	WANT(fds__count() == ACTOR_FDS + bag.cnt + own.cnt);
}

static int add_fd(int listener, struct seccomp_notif_addfd *add)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, add);
}

static void answer(int listener)
{
	struct seccomp_notif notif = {0};
	struct seccomp_notif_resp resp = {0};
	struct seccomp_notif_addfd add = {0};

	MUST(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif));
	add.id = resp.id = notif.id;
	add.srcfd = (uint32_t)bag__pick(&bag);
	add.newfd_flags = rng__one_in(2) ? O_CLOEXEC : 0;
	if (notif.data.args[0]) {
		add.flags = SECCOMP_ADDFD_FLAG_SETFD;
		add.newfd = (uint32_t)notif.data.args[0];
	} else if (rng__one_in(2)) {
		/* Puts it there and answers in one step (Linux 5.14). */
		add.flags = SECCOMP_ADDFD_FLAG_SEND;
		if (add_fd(listener, &add) >= 0)
			return;
		WANT(errno == EINVAL);
		add.flags = 0;
	}
	resp.val = MUST(add_fd(listener, &add));
	MUST(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp));
}

/* 0, or the error that says why this kernel cannot. */
static int try_listener(void)
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0)
		_exit(install_filter() < 0 ? errno : 0);
	return actor__verdict(pid);
}

void case__seccomp_addfd(void)
{
	int pidfd, listener, i, err;
	pid_t pid;

	err = try_listener();
	if (err)
		stage__skip("seccomp listener: %s", strerror(err));
	bag__fill(&bag, 50);
	pid = actor__spawn(supervised, 0);
	gate__await(GATE_LISTENER, 1);
	pidfd = (int)MUST(syscall(SYS_pidfd_open, pid, 0));
	listener = (int)MUST(syscall(SYS_pidfd_getfd, pidfd, gate__get(GATE_LISTENER) - 1, 0));
	MUST(close(pidfd));
	gate__set(GATE_TAKEN, 1);
	for (i = 0; i < CALLS; i++)
		answer(listener);
	stage__await(1);
	MUST(close(listener));
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}
