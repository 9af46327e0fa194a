// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nonblock-shared: O_NONBLOCK belongs to the open file description, not to the number, so that who
 * sets it for itself sets it for all who share it.
 *   wrong   a child sets it on the pipe that it has from its parent, by fcntl()
 *   ioctl   the same by ioctl(FIONBIO)
 *   tty     the same as wrong on a terminal
 *   clear   the child takes it away, which the parent has set and relies on
 *   right   the child opens the pipe anew, through /proc/self/fd, and sets it there
 *   before  the parent sets it before there is anybody to share it with
 *   dup     it is shared, but with another number of the same process only
 *   same    the child sets the flags to what they are
 */
#include "traps.h"

#include <sys/ioctl.h>
#include <termios.h>

static int fd, feed; /* what is shared; where what is read from it comes from */
static struct baton done;

static void make_pipe(void)
{
	int ends[2];

	MUST(pipe2(ends, O_CLOEXEC));
	fd = ends[0];
	feed = ends[1];
	done = baton__new();
}

static void make_tty(void)
{
	struct termios raw;
	char name[64];

	feed = MUST(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	MUST(grantpt(feed));
	MUST(unlockpt(feed));
	if (ptsname_r(feed, name, sizeof(name)))
		trap__die("ptsname");
	fd = MUST(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
	MUST(tcgetattr(fd, &raw));
	cfmakeraw(&raw);
	MUST(tcsetattr(fd, TCSANOW, &raw));
	done = baton__new();
}

static void set_flag(int of, bool on)
{
	int flags = MUST(fcntl(of, F_GETFL));

	MUST(fcntl(of, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

static void ignore(int sig)
{
	(void)sig;
}

/* What the parent's read() of nothing does: EAGAIN, or it waits, until a signal here. */
static const char *parent_reads(void)
{
	struct sigaction act = {.sa_handler = ignore};
	const char *outcome;
	char byte;

	/* Again and again, or the first may come before the read begins. */
	struct timespec each = {.tv_nsec = 100000000};
	struct itimerspec when = {.it_value = each, .it_interval = each};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	timer_t timer;

	MUST(sigaction(SIGALRM, &act, NULL));
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
	MUST(timer_settime(timer, 0, &when, NULL));
	if (read(fd, &byte, 1) >= 0)
		outcome = "parent's read got something";
	else if (errno == EAGAIN)
		outcome = "parent's read fails with EAGAIN";
	else
		outcome = errno == EINTR ? "parent's read waits" : "parent's read fails";
	MUST(timer_delete(timer));
	return outcome;
}

/* Runs the deed in a child, and looks what became of the parent. */
static void run_in_child(void (*deed)(void), const char *call)
{
	int before = MUST(fcntl(fd, F_GETFL)) & O_NONBLOCK, after;
	pid_t child = trap__fork();
	const char *outcome;

	if (child == 0) {
		deed();
		baton__give(&done, 0);
		trap__stay_and_exit();
	}
	baton__take(&done);
	after = MUST(fcntl(fd, F_GETFL)) & O_NONBLOCK;
	outcome = parent_reads();
	trap__tell(outcome, "\"child\":%d,\"fd\":%d,\"call\":\"%s\",\"before\":%s,\"after\":%s",
		   child, fd, call, before ? "true" : "false", after ? "true" : "false");
}

static void deed_fcntl(void)
{
	set_flag(fd, true);
}

static void deed_ioctl(void)
{
	int on = 1;

	MUST(ioctl(fd, FIONBIO, &on));
}

static void deed_clear(void)
{
	set_flag(fd, false);
}

static void deed_reopen(void)
{
	char path[64];
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = MUST(open(path, O_RDONLY | O_CLOEXEC));
	set_flag(own, true);
}

static void deed_same(void)
{
	MUST(fcntl(fd, F_SETFL, MUST(fcntl(fd, F_GETFL))));
}

static void deed_none(void)
{
}

static void run_wrong(void)
{
	make_pipe();
	run_in_child(deed_fcntl, "fcntl");
}

static void run_ioctl(void)
{
	make_pipe();
	run_in_child(deed_ioctl, "ioctl");
}

static void run_tty(void)
{
	make_tty();
	run_in_child(deed_fcntl, "fcntl");
}

static void run_clear(void)
{
	make_pipe();
	set_flag(fd, true);
	run_in_child(deed_clear, "fcntl");
}

static void run_right(void)
{
	make_pipe();
	run_in_child(deed_reopen, "fcntl");
}

static void run_before(void)
{
	make_pipe();
	set_flag(fd, true);
	run_in_child(deed_none, "none");
}

static void run_same(void)
{
	make_pipe();
	set_flag(fd, true);
	run_in_child(deed_same, "fcntl");
}

static void run_dup(void)
{
	int copy;

	make_pipe();
	copy = MUST(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	set_flag(copy, true);
	trap__tell(parent_reads(), "\"fd\":%d,\"copy\":%d,\"call\":\"fcntl\"", fd, copy);
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "parent's read fails with EAGAIN", run_wrong},
		{"ioctl", true, "parent's read fails with EAGAIN", run_ioctl},
		{"tty", true, "parent's read fails with EAGAIN", run_tty},
		{"clear", true, "parent's read waits", run_clear},
		{"right", false, "parent's read waits", run_right},
		{"before", false, "parent's read fails with EAGAIN", run_before},
		{"dup", false, "parent's read fails with EAGAIN", run_dup},
		{"same", false, "parent's read fails with EAGAIN", run_same},
		{},
	};

	return trap__main("nonblock-shared", modes, argc, argv);
}
