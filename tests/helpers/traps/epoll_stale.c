// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * epoll-stale: a registration lives as long as the open file description, not as the number that
 * it was made with.
 *   wrong   a duplicate outlives the registered number: events come for a number that is closed
 *   child   a forked child keeps it: the same
 *   reused  the number is by now another file of the same sort, and has nothing to say
 *   over    dup2() puts another file over the registered number
 *   right   it is taken from the list before it is closed
 *   last    closed without that, but nobody else has it: the kernel takes it from the list
 */
#include "traps.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

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
		{"right", false, "no event", run_right},
		{"last", false, "no event", run_last},
		{},
	};

	return trap__main("epoll-stale", modes, argc, argv);
}
