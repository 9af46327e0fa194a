// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * epoll-stale: a registration lives as long as the open file description, not as the number that
 * it was made with.
 *   wrong   a duplicate outlives the registered number: events come for a number that is closed
 *   child   a forked child keeps it: the same
 *   reused  the number is by now another file of the same sort, and has nothing to say
 *   over    dup2() puts another file over the registered number
 *   thread  a thread with a table of its own waits, and has closed what the others still have
 *   passed  another process was sent both, and has the file under a number of its own
 *   shared  a child has the instance too, and the file under that number: it can still end it
 *   right   it is taken from the list before it is closed
 *   last    closed without that, but nobody else has it: the kernel takes it from the list
 */
#include "traps.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define EVENT_MS 300

static int epfd, fd;

static void make(int watched)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = watched};

	fd = watched;
	epfd = MUST(epoll_create1(EPOLL_CLOEXEC));
	MUST(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev));
}

static void make_event(void)
{
	make(MUST(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
}

/* What comes of our number. */
static const char *seen(void)
{
	struct epoll_event ev;
	uint64_t cnt;
	int got = MUST(epoll_wait(epfd, &ev, 1, EVENT_MS));

	if (got == 0)
		return "no event";
	if (ev.data.fd != fd)
		return "event for a number that was never registered";
	if (fcntl(fd, F_GETFD) < 0)
		/* Nor is there a way to be rid of it. */
		return epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL) < 0 && errno == EBADF
			       ? "event for a closed number"
			       : "event for a closed number, which could be deleted";
	return read(fd, &cnt, sizeof(cnt)) < 0 && errno == EAGAIN ? "event for another file"
								  : "event";
}

static void run_wrong(void)
{
	int copy;

	make_event();
	copy = MUST(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	MUST(close(fd));
	MUST(eventfd_write(copy, 1));
	trap__tell(seen(), "\"epfd\":%d,\"fd\":%d,\"copy\":%d", epfd, fd, copy);
}

static void run_child(void)
{
	int ends[2];
	pid_t child;

	MUST(pipe2(ends, O_CLOEXEC));
	make(ends[0]);
	child = trap__fork();
	if (child == 0) {
		/* It knows of no epoll instance, and has what all children have. */
		MUST(close(epfd));
		trap__stay_and_exit();
	}
	MUST(close(fd));
	MUST(write(ends[1], "data", 4));
	trap__tell(seen(), "\"child\":%d,\"epfd\":%d,\"fd\":%d", child, epfd, fd);
}

static void run_reused(void)
{
	int copy, again;

	make_event();
	copy = MUST(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	MUST(close(fd));
	again = MUST(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (again != fd)
		trap__die("the lowest free number was not given");
	MUST(eventfd_write(copy, 1));
	trap__tell(seen(), "\"epfd\":%d,\"fd\":%d,\"copy\":%d", epfd, fd, copy);
}

static void run_over(void)
{
	int copy, other;

	make_event();
	copy = MUST(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	other = MUST(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	MUST(dup3(other, fd, O_CLOEXEC));
	MUST(eventfd_write(copy, 1));
	trap__tell(seen(), "\"epfd\":%d,\"fd\":%d,\"copy\":%d", epfd, fd, copy);
}

static struct baton to_main, to_thread;
static int thread_tid;

static void *wait_apart(void *ctx)
{
	MUST(unshare(CLONE_FILES));
	thread_tid = gettid();
	MUST(close(fd));
	baton__give(&to_main, 0);
	baton__take(&to_thread);
	*(const char **)ctx = seen();
	baton__give(&to_main, 0);
	for (;;)
		pause();
	return NULL;
}

static void run_thread(void)
{
	const char *outcome = NULL;
	pthread_t thread;

	to_main = baton__new();
	to_thread = baton__new();
	make_event();
	if (pthread_create(&thread, NULL, wait_apart, &outcome))
		trap__die("pthread_create");
	baton__take(&to_main);
	MUST(close(epfd));
	MUST(eventfd_write(fd, 1));
	baton__give(&to_thread, 0);
	baton__take(&to_main);
	trap__tell(outcome, "\"tid\":%d,\"epfd\":%d,\"fd\":%d", thread_tid, epfd, fd);
}

#define FAR 100 /* a number that the one who is sent the file has not */

struct parcel {
	struct iovec io;
	char byte;
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(2 * sizeof(int))];
	struct msghdr msg;
};

static void parcel__init(struct parcel *p)
{
	memset(p, 0, sizeof(*p));
	p->io = (struct iovec){&p->byte, 1};
	p->msg = (struct msghdr){
		.msg_iov = &p->io,
		.msg_iovlen = 1,
		.msg_control = p->room,
		.msg_controllen = sizeof(p->room),
	};
}

static void send_both(int sock)
{
	const int fds[2] = {epfd, fd};
	struct cmsghdr *head;
	struct parcel p;

	parcel__init(&p);
	head = CMSG_FIRSTHDR(&p.msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(head), fds, sizeof(fds));
	MUST(sendmsg(sock, &p.msg, 0));
}

/* The instance; the file is left open under whatever number it came. */
static int receive_both(int sock)
{
	struct cmsghdr *head;
	struct parcel p;
	int fds[2];

	parcel__init(&p);
	MUST(recvmsg(sock, &p.msg, MSG_CMSG_CLOEXEC));
	head = CMSG_FIRSTHDR(&p.msg);
	if (!head || head->cmsg_len != CMSG_LEN(sizeof(fds)))
		trap__die("what was sent");
	memcpy(fds, CMSG_DATA(head), sizeof(fds));
	MUST(eventfd_write(fds[1], 1));
	return fds[0];
}

static void run_passed(void)
{
	struct baton back = baton__new();
	int sock[2], holder;
	pid_t child;

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock));
	child = trap__fork();
	if (child == 0) {
		fd = FAR;
		epfd = receive_both(sock[1]);
		baton__give(&back, strcmp(seen(), "event for a closed number") ? -1 : epfd);
		trap__stay_and_exit();
	}
	make(MUST(fcntl(MUST(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), F_DUPFD_CLOEXEC, FAR)));
	send_both(sock[0]);
	holder = baton__take(&back);
	MUST(close(epfd));
	trap__tell(holder < 0 ? "no event" : "event for a closed number",
		   "\"child\":%d,\"holder\":%d,\"epfd\":%d,\"fd\":%d", child, child, holder, fd);
}

static void run_shared(void)
{
	pid_t child;

	make_event();
	child = trap__fork();
	if (child == 0)
		trap__stay_and_exit();
	MUST(eventfd_write(fd, 1));
	MUST(close(fd));
	trap__tell(seen(), "\"child\":%d,\"epfd\":%d,\"fd\":%d", child, epfd, fd);
}

static void run_right(void)
{
	int copy;

	make_event();
	copy = MUST(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	MUST(epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL));
	MUST(close(fd));
	MUST(eventfd_write(copy, 1));
	trap__tell(seen(), "\"epfd\":%d,\"fd\":%d,\"copy\":%d", epfd, fd, copy);
}

static void run_last(void)
{
	int ends[2];

	MUST(pipe2(ends, O_CLOEXEC));
	make(ends[0]);
	MUST(close(fd));
	if (write(ends[1], "data", 4) >= 0 || errno != EPIPE)
		trap__die("the pipe can still be read");
	trap__tell(seen(), "\"epfd\":%d,\"fd\":%d", epfd, fd);
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "event for a closed number", run_wrong},
		{"child", true, "event for a closed number", run_child},
		{"reused", true, "event for another file", run_reused},
		{"over", true, "event for another file", run_over},
		{"thread", true, "event for a closed number", run_thread},
		{"passed", true, "event for a closed number", run_passed},
		{"shared", false, "event for a closed number", run_shared},
		{"right", false, "no event", run_right},
		{"last", false, "no event", run_last},
		{},
	};

	return trap__main("epoll-stale", modes, argc, argv);
}
