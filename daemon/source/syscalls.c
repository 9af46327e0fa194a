// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls and their actions; see syscalls.h.  Left out because a hook of their own sees what
 * they do: clone, fork, vfork (task_newtask), execve (sched_process_exec), exit.
 */
#include "source/syscalls.h"

#include "fdscope/kinds.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

/* Debian 12's headers end at 6.1. */
#if defined(__x86_64__) || defined(__aarch64__)
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr 467 /* 6.15 */
#endif
#endif

static const struct {
	uint32_t nr;
	uint8_t action;
	const char *name;
} table[] = {
#define S(name, action)                                                                            \
	{                                                                                          \
		__NR_##name, FDS_SYS_##action, #name                                               \
	}
	S(openat, NEW),
	S(openat2, NEW),
	S(open_by_handle_at, NEW),
	S(socket, NEW),
	S(accept, NEW),
	S(accept4, NEW),
	S(dup, NEW),
	S(eventfd2, NEW),
	S(epoll_create1, NEW),
	S(timerfd_create, NEW),
	S(inotify_init1, NEW),
	S(memfd_create, NEW),
	S(perf_event_open, NEW),
	S(userfaultfd, NEW_ASYNC), /* its fork events carry descriptors, made by read() */
	S(pidfd_open, NEW),
	S(pidfd_getfd, NEW),
	S(mq_open, NEW),
	S(fsopen, NEW),
	S(fspick, NEW),
	S(fsmount, NEW),
	S(open_tree, NEW),
	S(open_tree_attr, NEW),
#ifdef __NR_memfd_secret
	S(memfd_secret, NEW),
#endif
	S(pipe2, NEW_PAIR),
	S(socketpair, NEW_PAIR),
	S(io_uring_setup, NEW_ASYNC),
	S(fanotify_init, NEW_ASYNC), /* its events carry descriptors, made by read() */
	S(close, CLOSE),
	S(dup3, DUP2),
	S(fcntl, FCNTL),
	S(getsockopt, GETSOCKOPT),
	S(close_range, RECOUNT_ALL),
	S(unshare, RECOUNT_ALL),
	S(recvmsg, RECOUNT),
	S(recvmmsg, RECOUNT),
	S(ioctl, RECOUNT),
	S(bpf, RECOUNT),
	S(seccomp, RECOUNT_ASYNC), /* a supervisor may put descriptors into the table */
	S(signalfd4, RECOUNT),	   /* a new one or the one that was given */
	S(landlock_create_ruleset, RECOUNT),
	S(io_uring_enter, RECOUNT_ASYNC),
	/* Only named in records: hooks of their own see what they do to tables. */
	S(read, NONE),
	S(clone, NONE),
	S(clone3, NONE),
	S(inotify_add_watch, NONE),
	S(fanotify_mark, NONE),
	S(epoll_ctl, NONE),
	S(prlimit64, PRLIMIT),
	S(setrlimit, SETRLIMIT),
#ifdef __NR_open /* what newer architectures do without */
	S(open, NEW),
	S(creat, NEW),
	S(eventfd, NEW),
	S(epoll_create, NEW),
	S(inotify_init, NEW),
	S(pipe, NEW_PAIR),
	S(dup2, DUP2),
	S(signalfd, RECOUNT),
#endif
#undef S
};

void syscalls__fill(uint8_t actions[static FDS_SYSCALL_CNT])
{
	memset(actions, FDS_SYS_NONE, FDS_SYSCALL_CNT);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].nr < FDS_SYSCALL_CNT)
			actions[table[i].nr] = table[i].action;
}

/* Calls that say EMFILE of a limit of their own, too. */
static const struct {
	uint32_t nr;
	uint32_t cause;
} own_limits[] = {
	{__NR_inotify_init1, FDS_CAUSE_INOTIFY_INSTANCES},
	{__NR_fanotify_init, FDS_CAUSE_FANOTIFY_GROUPS},
	{__NR_mq_open, FDS_CAUSE_UNKNOWN},
#ifdef __NR_inotify_init
	{__NR_inotify_init, FDS_CAUSE_INOTIFY_INSTANCES},
#endif
};

uint32_t syscalls__cause(uint32_t nr, int error, uint32_t cnt, uint64_t soft)
{
	switch (error) {
	case EMFILE:
		for (size_t i = 0; i < sizeof(own_limits) / sizeof(own_limits[0]); i++)
			if (nr == own_limits[i].nr && cnt < soft)
				return own_limits[i].cause;
			else if (nr == own_limits[i].nr && cnt == FDS_COUNT_UNKNOWN)
				return FDS_CAUSE_UNKNOWN;
		return FDS_CAUSE_NOFILE;
	case ENFILE: /* of a pipe it may be its pages too */
#ifdef __NR_pipe
		if (nr == __NR_pipe)
			return FDS_CAUSE_UNKNOWN;
#endif
		return nr == __NR_pipe2 ? FDS_CAUSE_UNKNOWN : FDS_CAUSE_FILE_MAX;
	case EBADF:
	case EINVAL:
		return FDS_CAUSE_NOFILE;
	}
	return FDS_CAUSE_UNKNOWN;
}

bool syscalls__is_silent(uint32_t nr)
{
	return nr == __NR_recvmsg || nr == __NR_recvmmsg;
}

const char *syscalls__name(uint32_t nr)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].nr == nr)
			return table[i].name;
	return NULL;
}
