// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * io_uring: descriptors made and closed by the kernel's own workers, and by its polling thread.
 * No system call of the process itself tells of them.
 */
#include "storm.h"
#include "truth.h"

#include <fcntl.h>
#include <liburing.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define BATCH	32
#define BATCHES 40

/* Of Linux 6.16, younger than the oldest liburing we build with. */
#define OP_PIPE 62

/* Above user_data's operation: what it closes, or which message it fills. */
enum op { OP_OPEN, OP_OPEN2, OP_CLOSE, OP_ACCEPT, OP_SOCKET, OP_RECV, OP_PIPES, OP_CNT };

struct message {
	struct msghdr hdr;
	struct iovec iov;
	char byte;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
};

static struct io_uring ring;
static struct bag own;
static struct message messages[BATCH];
static int pipes[BATCH][2];
static struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
static int listener, wire[2];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_len = sizeof(sa_family_t);
static bool has_socket_op, has_pipe_op;

static void make_listener(void)
{
	socklen_t len = sizeof(address);

	listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&address, address_len));
	MUST(getsockname(listener, (struct sockaddr *)&address, &len));
	address_len = len;
	MUST(listen(listener, BATCH));
}

static void connect_one(void)
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	MUST(connect(fd, (struct sockaddr *)&address, address_len));
	bag__add(&own, fd);
}

static void prepare_message(struct message *m)
{
	m->iov = (struct iovec){.iov_base = &m->byte, .iov_len = 1};
	m->hdr = (struct msghdr){.msg_iov = &m->iov,
				 .msg_iovlen = 1,
				 .msg_control = &m->control,
				 .msg_controllen = CMSG_LEN(2 * sizeof(int))};
}

/* Prepares one random operation; false when there is nothing for it to work on. */
static bool prepare(struct io_uring_sqe *sqe, unsigned int slot, unsigned int op)
{
	int fds[2] = {0, 1}, arg = (int)slot;

	switch (op) {
	case OP_OPEN:
		io_uring_prep_openat(sqe, AT_FDCWD, "/dev/null", O_RDWR, 0);
		break;
	case OP_OPEN2:
		io_uring_prep_openat2(sqe, AT_FDCWD, "/dev/zero", &how);
		break;
	case OP_CLOSE:
		arg = own.cnt ? bag__take(&own) : (int)MUST(dup(0));
		io_uring_prep_close(sqe, arg);
		break;
	case OP_ACCEPT:
		connect_one();
		io_uring_prep_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
		break;
	case OP_SOCKET:
		if (!has_socket_op)
			return false;
		io_uring_prep_socket(sqe, AF_INET, SOCK_DGRAM, 0, 0);
		break;
	case OP_RECV:
		scm__send(wire[0], fds, 2);
		prepare_message(&messages[slot]);
		io_uring_prep_recvmsg(sqe, wire[1], &messages[slot].hdr, 0);
		break;
	default:
		if (!has_pipe_op)
			return false;
		io_uring_prep_rw(OP_PIPE, sqe, 0, pipes[slot], 0, 0);
	}
	sqe->user_data = (uint64_t)op << 32 | (uint32_t)arg;
	return true;
}

static void reap_one(void)
{
	struct io_uring_cqe *cqe;
	unsigned int op, arg;
	int fds[2], res;

	ZERO(-io_uring_wait_cqe(&ring, &cqe));
	res = cqe->res;
	op = (unsigned int)(cqe->user_data >> 32);
	arg = (unsigned int)cqe->user_data;
	io_uring_cqe_seen(&ring, cqe);
	if (res < 0)
		storm__fail("an io_uring completion", strerror(-res), __FILE__, (int)op);
	switch (op) {
	case OP_CLOSE:
		/* The number may be somebody else's again by now: the count tells at the end. */
		break;
	case OP_RECV:
		WANT(messages[arg].control.align.cmsg_len == CMSG_LEN(sizeof(fds)));
		memcpy(fds, CMSG_DATA(&messages[arg].control.align), sizeof(fds));
		bag__add(&own, fds[0]);
		bag__add(&own, fds[1]);
		break;
	case OP_PIPES:
		bag__add(&own, pipes[arg][0]);
		bag__add(&own, pipes[arg][1]);
		break;
	default:
		bag__add(&own, res);
	}
}

static void run_batch(void)
{
	unsigned int i, ops[BATCH];

	/* Closes are chosen before anything can be given anew under the same number. */
	for (i = 0; i < BATCH; i++)
		ops[i] = own.cnt > 300 ? OP_CLOSE : rng__below(OP_CNT);
	for (i = 0; i < BATCH; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

		WANT(sqe);
		if (!prepare(sqe, i, ops[i])) {
			io_uring_prep_openat(sqe, AT_FDCWD, "/dev/null", O_RDONLY, 0);
			sqe->user_data = (uint64_t)OP_OPEN << 32;
		}
		if (!rng__one_in(4))
			sqe->flags |= IOSQE_ASYNC;
	}
	WANT(io_uring_submit(&ring) >= 0);
	for (i = 0; i < BATCH; i++)
		reap_one();
}

static bool has_op(const struct io_uring_probe *p, int op)
{
	return p && p->last_op >= op && p->ops_len > op &&
	       (p->ops[op].flags & IO_URING_OP_SUPPORTED);
}

static void find_ops(void)
{
	struct io_uring_probe *p = io_uring_get_probe_ring(&ring);

	has_socket_op = has_op(p, IORING_OP_SOCKET);
	has_pipe_op = has_op(p, OP_PIPE);
	if (p)
		io_uring_free_probe(p);
}

static int start_ring(unsigned int flags)
{
	struct io_uring_params p = {.flags = flags, .sq_thread_idle = 1};

	return io_uring_queue_init_params(BATCH * 2, &ring, &p);
}

static void uring_actor(long flags)
{
	int i;

	ZERO(-start_ring((unsigned int)flags));
	find_ops();
	make_listener();
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, wire));
	for (i = 0; i < BATCHES; i++)
		run_batch();
	if (stage__quiet())
		bag__close_to(&own, 0);
	/* Ring, listener and the pair beside the bag. */
	WANT(fds__count() == ACTOR_FDS + 4 + own.cnt);
}

static void need_ring(unsigned int flags)
{
	int r = start_ring(flags);

	if (r < 0)
		stage__skip("io_uring_setup: %s", strerror(-r));
	io_uring_queue_exit(&ring);
}

void case__io_uring(void)
{
	need_ring(0);
	actor__spawn(uring_actor, 0);
	actor__spawn(uring_actor, 0);
	stage__await(2);
}

void case__io_uring_sqpoll(void)
{
	need_ring(IORING_SETUP_SQPOLL);
	actor__spawn(uring_actor, IORING_SETUP_SQPOLL);
	stage__await(1);
}

/* Waits until that many numbers of our table are reserved. */
static void await_reserved(unsigned int cnt)
{
	struct timespec ms = {.tv_nsec = 1000000};
	struct truth t;
	int tries = 0;

	do {
		WANT(tries++ < 10000);
		nanosleep(&ms, NULL);
		WANT(truth__read(getpid(), 0, &t) == 0);
		/* Installed counts the reading's own directory, too. */
	} while (t.allocated != t.installed - 1 + cnt);
}

/*
 * Workers wait in the open of a FIFO: a number is reserved for each. An accept that waits holds
 * none where the kernel polls the listener first, as Linux 6.18 does: nothing is expected of it.
 */
static void blocked_actor(long cnt)
{
	struct io_uring_sqe *sqe;
	char path[32];
	long i;

	bag__fill(&own, 40);
	bag__add(&own, fifo__make(path, sizeof(path)));
	make_listener();
	bag__add(&own, listener);
	ZERO(-start_ring(0));
	for (i = 0; i < cnt; i++) {
		sqe = io_uring_get_sqe(&ring);
		WANT(sqe);
		if (cnt % 2)
			io_uring_prep_accept(sqe, listener, NULL, NULL, 0);
		else
			io_uring_prep_openat(sqe, AT_FDCWD, path, O_RDONLY, 0);
		sqe->flags |= IOSQE_ASYNC;
	}
	WANT(io_uring_submit(&ring) == cnt);
	if (cnt % 2 == 0)
		await_reserved((unsigned int)cnt);
	bag__fill(&own, 60);
}

void case__io_uring_blocked(void)
{
	struct truth t;

	need_ring(0);
	WANT(truth__read(getpid(), 0, &t) == 0);
	if (!t.allocated_known)
		stage__skip("this kernel does not tell of reserved numbers");
	actor__spawn(blocked_actor, 8);
	actor__spawn(blocked_actor, 3);
	stage__await(2);
}
