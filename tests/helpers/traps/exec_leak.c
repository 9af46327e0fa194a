// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec-leak: what is not marked FD_CLOEXEC goes on into the program that a child becomes. The child
 * here is this program itself, in the mode "child", which uses nothing of it.
 *   wrong  a listening socket and a file without FD_CLOEXEC
 *   right  both with FD_CLOEXEC
 *   told   the socket by LISTEN_FDS, as systemd does it, and the file by /dev/fd/N in an argument
 */
#include "traps.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static int sock, file;
static struct baton done;

static void make(int sock_flags, int file_flags)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	/* The lowest free number, 3, is where LISTEN_FDS begins. */
	MUST(syscall(SYS_close_range, 3, ~0U, 0));
	sock = MUST(socket(AF_INET, SOCK_STREAM | sock_flags, 0));
	MUST(bind(sock, (struct sockaddr *)&any, sizeof(any)));
	MUST(listen(sock, 8));
	file = MUST(open("/etc/passwd", O_RDONLY | file_flags));
	done = baton__new();
}

/* Never returns; what the new program says goes to the baton. */
static void become(const char *argument)
{
	char self[4096], *argv[] = {self, (char *)"child", (char *)argument, NULL};

	self[MUST(readlink("/proc/self/exe", self, sizeof(self) - 1))] = '\0';
	MUST(dup2(done.ends[1], STDOUT_FILENO));
	MUST(dup2(trap.hold, STDIN_FILENO));
	execv(self, argv);
	trap__die("exec");
}

/* The new program: says that it is there, and for an argument, that it can be read. */
static int run_child(const char *argument)
{
	char byte;

	if (argument) {
		int fd = open(argument, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || read(fd, &byte, 1) != 1)
			return EXIT_FAILURE;
		close(fd);
	}
	baton__give(&(struct baton){{-1, STDOUT_FILENO}}, 0);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return EXIT_SUCCESS;
}

/* The same file there as here. */
static bool is_there(pid_t pid, int fd)
{
	char there[64], here[64], path[64];
	ssize_t a, b;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	a = MUST(readlink(path, here, sizeof(here)));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	b = readlink(path, there, sizeof(there));
	return a == b && !memcmp(here, there, (size_t)a);
}

static void tell(pid_t child)
{
	bool leaks[2];

	baton__take(&done);
	leaks[0] = is_there(child, sock);
	leaks[1] = is_there(child, file);
	trap__tell(leaks[0] && leaks[1]	  ? "open in the child"
		   : leaks[0] || leaks[1] ? "one is open in the child"
					  : "closed in the child",
		   "\"child\":%d,\"fds\":[%d,%d],\"path\":\"/etc/passwd\"", child, sock, file);
}

static void run_wrong(void)
{
	pid_t child;

	make(0, 0);
	child = trap__fork();
	if (child == 0)
		become(NULL);
	tell(child);
}

static void run_right(void)
{
	pid_t child;

	make(SOCK_CLOEXEC, O_CLOEXEC);
	child = trap__fork();
	if (child == 0)
		become(NULL);
	tell(child);
}

static void run_told(void)
{
	char text[32];
	pid_t child;

	make(0, 0);
	child = trap__fork();
	if (child == 0) {
		snprintf(text, sizeof(text), "%d", getpid());
		MUST(setenv("LISTEN_PID", text, 1));
		MUST(setenv("LISTEN_FDS", "1", 1));
		MUST(setenv("LISTEN_FDNAMES", "trap", 1));
		snprintf(text, sizeof(text), "/dev/fd/%d", file);
		become(text);
	}
	tell(child);
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "open in the child", run_wrong},
		{"right", false, "closed in the child", run_right},
		{"told", false, "open in the child", run_told},
		{},
	};

	if (argc > 1 && !strcmp(argv[1], "child"))
		return run_child(argv[2]);
	return trap__main("exec-leak", modes, argc, argv);
}
