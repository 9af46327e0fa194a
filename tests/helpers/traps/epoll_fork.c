// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * epoll-fork: the list of an epoll instance is not copied by fork(), so that a child which tidies
 * up "its" list takes away the parent's events.
 *   wrong       the child deletes the parent's standard input from it: no event any more
 *   mod, add    the child changes an entry, or adds one of its own, which then wakes the parent
 *   right       the child closes the epoll descriptor only: the parent's event comes
 *   private     the child deletes it from an epoll instance of its own
 *   table       a process with the same files table deletes it: there is one program, not two
 *   maker-gone  the parent exits, the child goes on with the epoll instance alone
 */
#include "traps.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

/* Of an event that is certainly there: it comes at once, or never. */
#define EVENT_MS 300

static int epfd, feed; /* the epoll instance; the end of the pipe whose other end is stdin */
static struct baton done;

static void add(int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	MUST(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev));
}

static void make(void)
{
	int ends[2];

	trap__move_stdin();
	MUST(pipe2(ends, O_CLOEXEC));
	MUST(dup2(ends[0], STDIN_FILENO));
	MUST(close(ends[0]));
	feed = ends[1];
	done = baton__new();
	epfd = MUST(epoll_create1(EPOLL_CLOEXEC));
	add(STDIN_FILENO);
}

/* The number that the next event is about, -1: none although there is data. */
static int next_event(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct epoll_event ev;
	int cnt;

	if (poll(&p, 1, 0) != 1)
		trap__die("no data in the pipe");
	cnt = MUST(epoll_wait(epfd, &ev, 1, EVENT_MS));
	return cnt ? ev.data.fd : -1;
}

static void tell(pid_t child, int fd, const char *op)
{
	const char *outcome;
	int got;

	baton__take(&done);
	MUST(write(feed, "data", 4));
	got = next_event(STDIN_FILENO);
	if (got == -1)
		outcome = "parent got no event";
	else if (got == STDIN_FILENO)
		outcome = "parent got its event";
	else
		outcome = "parent got the child's event";
	trap__tell(outcome, "\"child\":%d,\"epfd\":%d,\"fd\":%d,\"op\":\"%s\"", child, epfd, fd,
		   op);
}

static void run_wrong(void)
{
	pid_t child;

	make();
	child = trap__fork();
	if (child == 0) {
		MUST(epoll_ctl(epfd, EPOLL_CTL_DEL, STDIN_FILENO, NULL));
		MUST(close(epfd));
		baton__give(&done, 0);
		trap__stay_and_exit();
	}
	tell(child, STDIN_FILENO, "del");
}

static void run_mod(void)
{
	struct epoll_event none = {.events = 0};
	pid_t child;

	make();
	child = trap__fork();
	if (child == 0) {
		MUST(epoll_ctl(epfd, EPOLL_CTL_MOD, STDIN_FILENO, &none));
		baton__give(&done, 0);
		trap__stay_and_exit();
	}
	tell(child, STDIN_FILENO, "mod");
}

static void run_add(void)
{
	int ends[2], fd = 20;
	pid_t child;

	make();
	child = trap__fork();
	if (child == 0) {
		MUST(pipe2(ends, O_CLOEXEC));
		MUST(dup2(ends[0], fd));
		add(fd);
		MUST(write(ends[1], "data", 4));
		baton__give(&done, 0);
		trap__stay_and_exit();
	}
	/* It was ready before ours, and comes first. */
	tell(child, fd, "add");
}

static void run_right(void)
{
	pid_t child;

	make();
	child = trap__fork();
	if (child == 0) {
		MUST(close(epfd));
		baton__give(&done, 0);
		trap__stay_and_exit();
	}
	tell(child, STDIN_FILENO, "close");
}

static void run_private(void)
{
	pid_t child;

	make();
	child = trap__fork();
	if (child == 0) {
		MUST(close(epfd));
		epfd = MUST(epoll_create1(EPOLL_CLOEXEC));
		add(STDIN_FILENO);
		MUST(epoll_ctl(epfd, EPOLL_CTL_DEL, STDIN_FILENO, NULL));
		baton__give(&done, 0);
		trap__stay_and_exit();
	}
	tell(child, STDIN_FILENO, "del");
}

static void run_table(void)
{
	pid_t child;

	make();
	/* As fork(), but for the table. */
	child = MUST(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, NULL, NULL, 0));
	if (child == 0) {
		MUST(epoll_ctl(epfd, EPOLL_CTL_DEL, STDIN_FILENO, NULL));
		baton__give(&done, 0);
		trap__stay_and_exit();
	}
	tell(child, STDIN_FILENO, "del");
}

static void run_maker_gone(void)
{
	pid_t maker = getpid();
	int ends[2];

	make();
	if (MUST(fork()))
		_exit(EXIT_SUCCESS);
	/* It has another parent when the first is gone, with its table. */
	while (getppid() == maker)
		trap__sleep_ms(1);
	MUST(epoll_ctl(epfd, EPOLL_CTL_DEL, STDIN_FILENO, NULL));
	MUST(pipe2(ends, O_CLOEXEC));
	add(ends[0]);
	MUST(write(ends[1], "data", 4));
	trap__tell(next_event(ends[0]) == ends[0] ? "child got its event" : "child got no event",
		   "\"maker\":%d,\"epfd\":%d,\"fd\":%d,\"op\":\"add\"", maker, epfd, ends[0]);
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "parent got no event", run_wrong},
		{"mod", true, "parent got no event", run_mod},
		{"add", true, "parent got the child's event", run_add},
		{"right", false, "parent got its event", run_right},
		{"private", false, "parent got its event", run_private},
		{"table", false, "parent got no event", run_table},
		{"maker-gone", false, "child got its event", run_maker_gone},
		{},
	};

	return trap__main("epoll-fork", modes, argc, argv);
}
