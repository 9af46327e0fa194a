// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors that come and go in ways a watcher of system calls easily misses: calls made the
 * 32-bit way by a 64-bit program, calls that fail after the deed, and queues that outlive a fork.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define PAGE 4096

#ifdef __x86_64__

#define I386_READ 3
#define I386_OPEN 5
#define I386_DUP  41
#define LOW_PAGE  ((void *)0x10000000) /* a 32-bit call takes 32-bit pointers */

static long call32(long nr, long a, long b, long c)
{
	long r;

	asm volatile("int $0x80"
		     : "=a"(r)
		     : "a"(nr), "b"(a), "c"(b), "d"(c)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

static sigjmp_buf refused;

static void on_refusal(int sig)
{
	(void)sig;
	siglongjmp(refused, 1);
}

/* A kernel without 32-bit calls (ia32_emulation=0) faults. */
static bool takes_calls32(int zero, char *low)
{
	struct sigaction sa = {.sa_handler = on_refusal}, old;
	bool takes;

	ZERO(sigaction(SIGSEGV, &sa, &old));
	takes = !sigsetjmp(refused, 1) && call32(I386_READ, zero, (long)low, 1) == 1;
	ZERO(sigaction(SIGSEGV, &old, NULL));
	return takes;
}

/* 3 is close and 41 socket in the 64-bit table, but read and dup in this one. */
void case__compat_calls(void)
{
	static struct bag bag;
	int zero = (int)MUST(open("/dev/zero", O_RDONLY));
	char *low = mmap(LOW_PAGE, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (low == MAP_FAILED)
		stage__skip("no memory at %p: %s", LOW_PAGE, strerror(errno));
	if (!takes_calls32(zero, low))
		stage__skip("this kernel takes no 32-bit calls");
	strcpy(low, "/dev/null");
	for (int i = 0; i < 200; i++) {
		WANT(call32(I386_READ, zero, (long)low + 100, 8) == 8);
		bag__add(&bag, (int)call32(I386_OPEN, (long)low, O_RDONLY, 0));
		bag__add(&bag, (int)call32(I386_DUP, zero, 0, 0));
	}
	bag__close_to(&bag, 50);
	ZERO(munmap(low, PAGE));
	MUST(close(zero));
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

#else

void case__compat_calls(void)
{
	stage__skip("32-bit calls are made here on x86-64 only");
}

#endif

/* Calls that take a number and give it back, since a pointer leads nowhere. */
void case__bad_pointers(void)
{
	const void *nowhere = (void *)8;

	for (int i = 0; i < 200; i++) {
		WANT(syscall(SYS_openat, AT_FDCWD, nowhere, O_RDONLY) < 0 && errno == EFAULT);
		WANT(syscall(SYS_pipe2, nowhere, O_CLOEXEC) < 0 && errno == EFAULT);
		WANT(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, nowhere) < 0 &&
		     errno == EFAULT);
		WANT(syscall(SYS_memfd_create, nowhere, 0) < 0 && errno == EFAULT);
		WANT(syscall(SYS_io_uring_setup, 8, nowhere) < 0);
	}
	WANT(fds__count() == STAGE_FDS);
}

/* recvmsg() installs what was sent, and then cannot write back the message's header. */
void case__recvmsg_fault(void)
{
	static struct bag bag;
	char control[CMSG_SPACE(8 * sizeof(int))], byte;
	struct iovec io = {.iov_base = &byte, .iov_len = 1};
	struct msghdr *header =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int before = fds__count();
	int pair[2], fds[8];

	WANT(header != MAP_FAILED);
	ZERO(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	for (int i = 0; i < 8; i++)
		fds[i] = pair[0];
	for (int i = 0; i < 20; i++) {
		scm__send(pair[0], fds, 8);
		*header = (struct msghdr){
			.msg_iov = &io,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ZERO(mprotect(header, PAGE, PROT_READ));
		MUST_FAIL(syscall(SYS_recvmsg, pair[1], header, 0), EFAULT);
		ZERO(mprotect(header, PAGE, PROT_READ | PROT_WRITE));
	}
	ZERO(munmap(header, PAGE));
	/* The numbers of those that came are told by nobody. */
	for (int fd = 0; fd < 400; fd++)
		if (fd >= STAGE_FDS && !bag__has(&bag, fd) && fds__is_open(fd))
			bag__add(&bag, fd);
	WANT(fds__count() == before + 2 + 20 * 8);
	bag__close_to(&bag, 30);
}

#define EVENTS 30

/* The child reads the parent's queue: descriptors come out of read(). */
static void read_queue(long fan)
{
	struct fanotify_event_metadata events[EVENTS];
	ssize_t len = MUST(read((int)fan, events, sizeof(events)));

	WANT(len >= (ssize_t)sizeof(events[0]));
}

void case__fanotify_fork(void)
{
	int fan = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);

	if (fan < 0)
		stage__skip("fanotify_init: %s", strerror(errno));
	if (fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "/etc/passwd") < 0)
		stage__skip("fanotify_mark: %s", strerror(errno));
	/* Each of another user of the file, or they would be told as one. */
	for (int i = 0; i < EVENTS; i++) {
		pid_t pid = (pid_t)MUST(fork());

		if (!pid) {
			actor__settle(getppid(), i);
			_exit(open("/etc/passwd", O_RDONLY) < 0);
		}
		WANT(actor__verdict(pid) == 0);
	}
	actor__spawn(read_queue, fan);
	stage__await(1);
	MUST(close(fan));
}
