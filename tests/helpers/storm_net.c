// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * accept, done and blocked, and open blocked on a FIFO: the calls that reserve a number first and
 * install the descriptor later.
 */
#include "storm.h"
#include "truth.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define CONNECTIONS 300
#define BLOCKED	    24

static struct bag bag;

union address {
	struct sockaddr sa;
	struct sockaddr_un un;
	struct sockaddr_in in;
};

/* A listener on a free port or a free abstract name; its address for those who connect. */
static int listen_on(int family, union address *ret, socklen_t *ret_len)
{
	union address a = {.sa.sa_family = (sa_family_t)family};
	socklen_t len = sizeof(sa_family_t);
	int fd;

	fd = (int)MUST(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (family == AF_INET) {
		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		len = sizeof(a.in);
	}
	MUST(bind(fd, &a.sa, len));
	MUST(listen(fd, 128));
	len = sizeof(a);
	MUST(getsockname(fd, &a.sa, &len));
	*ret = a;
	*ret_len = len;
	return fd;
}

static int connect_to(int family, const union address *a, socklen_t len)
{
	/* Reset at close: no port stays in TIME_WAIT for the next round. */
	struct linger linger = {.l_onoff = 1};
	int fd;

	fd = (int)MUST(socket(family, SOCK_STREAM, 0));
	if (family == AF_INET)
		MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	MUST(connect(fd, &a->sa, len));
	return fd;
}

static void connect_and_accept(int family)
{
	union address a;
	socklen_t len;
	int listener, i;

	listener = listen_on(family, &a, &len);
	for (i = 0; i < CONNECTIONS; i++) {
		bag__add(&bag, connect_to(family, &a, len));
		if (rng__one_in(3))
			bag__add(&bag, MUST(accept(listener, NULL, NULL)));
		else
			bag__add(&bag,
				 MUST(accept4(listener, NULL, NULL,
					      rng__one_in(2) ? SOCK_CLOEXEC : SOCK_NONBLOCK)));
		if (bag.cnt > 300)
			bag__close_to(&bag, 100 + rng__below(100));
	}
	/* Non-blocking with nobody waiting: a number reserved and given back. */
	MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
	MUST_FAIL(accept(listener, NULL, NULL), EAGAIN);
	bag__add(&bag, listener);
}

void case__accept(void)
{
	connect_and_accept(AF_INET);
	connect_and_accept(AF_UNIX);
	if (stage__quiet())
		bag__close_to(&bag, 0);
	WANT(fds__count() == STAGE_FDS + bag.cnt);
}

static int blocked_listener;

static void accept_in_thread(long arg)
{
	int fd;

	if (arg % 2)
		fd = (int)MUST(accept(blocked_listener, NULL, NULL));
	else
		fd = (int)MUST(accept4(blocked_listener, NULL, NULL, SOCK_CLOEXEC));
	MUST(fcntl(fd, F_GETFD));
	gate__add(1, 1);
}

/* Where the kernel tells: the numbers reserved by those blocked are allocated, not installed. */
static void check_reserved(unsigned int cnt)
{
	struct truth t;

	WANT(truth__read(getpid(), 0, &t) == 0);
	/* The reading's own directory counts among the installed only: stat() was before it. */
	if (t.allocated_known)
		WANT(t.allocated == t.installed - 1 + cnt);
}

static void accept_actor(long family)
{
	struct bag own = {0};
	union address a;
	socklen_t len;
	long i;

	bag__fill(&own, 40);
	blocked_listener = listen_on((int)family, &a, &len);
	for (i = 0; i < BLOCKED; i++) {
		pid_t tid = thread__spawn(accept_in_thread, i);

		task__await_blocked(getpid(), tid, i % 2 ? SYS_accept : SYS_accept4);
		/* Holes and numbers above, so that a reserved one is neither last nor first. */
		bag__churn(&own, maker__any, 10, 100);
	}
	check_reserved(BLOCKED);
	/* A third of them get what they wait for. */
	for (i = 0; i < BLOCKED / 3; i++)
		bag__add(&own, connect_to((int)family, &a, len));
	gate__await(1, BLOCKED / 3);
	gate__add(1, -(BLOCKED / 3));
	/* Some actors end with a reserved number as the highest. */
	if (rng__one_in(2))
		bag__close_to(&own, 20);
	check_reserved(BLOCKED - BLOCKED / 3);
}

void case__accept_blocked(void)
{
	/* One after the other: they share the gate. */
	actor__spawn(accept_actor, AF_UNIX);
	stage__await(1 + BLOCKED / 3);
	actor__spawn(accept_actor, AF_INET);
	stage__await(2 * (1 + BLOCKED / 3));
}

static char fifo_path[32];

int fifo__make(char *ret_path, size_t sz)
{
	char dir[] = "/tmp/storm-XXXXXX", name[64];
	int fd;

	WANT(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/fifo", dir);
	MUST(mkfifo(name, 0600));
	fd = (int)MUST(open(name, O_PATH));
	MUST(unlink(name));
	MUST(rmdir(dir));
	snprintf(ret_path, sz, "/proc/self/fd/%d", fd);
	return fd;
}

static void open_in_thread(long arg)
{
	(void)arg;
	MUST(open(fifo_path, O_RDONLY));
	storm__fail("nobody opens the other end", NULL, __FILE__, __LINE__);
}

static void fifo_actor(long arg)
{
	struct bag own = {0};
	long i;

	bag__add(&own, fifo__make(fifo_path, sizeof(fifo_path)));
	bag__fill(&own, 30 + (size_t)arg);
	for (i = 0; i < 12; i++) {
		/* What is blocked has found the FIFO by its name, which may go. */
		pid_t tid = thread__spawn(open_in_thread, i);

		task__await_blocked(getpid(), tid, SYS_openat);
		bag__add(&own, MUST(dup(bag__pick(&own))));
	}
	check_reserved(12);
	bag__churn(&own, maker__any, 100, 100);
	check_reserved(12);
}

void case__fifo_blocked(void)
{
	actor__spawn(fifo_actor, 0);
	actor__spawn(fifo_actor, 1);
	stage__await(2);
}
