// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkfds NAME FD: makes what NAME says at descriptor FD and behind it, says "ready [...]" with what
 * must be told of it, or "skip WHY", and waits until stdin is closed.  mkfds --list: all names.
 */
#include "mkfds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static json_t *expected;

static const struct maker *const rooms[] = {mkfds__files, mkfds__sockets, mkfds__events,
					    mkfds__locks};

#define ROOM_CNT (sizeof(rooms) / sizeof(rooms[0]))

void mkfds__need(bool ok, const char *what)
{
	if (ok)
		return;
	printf("skip %s: %s\n", what, strerror(errno));
	exit(EXIT_SUCCESS);
}

void mkfds__put(int from, int to)
{
	if (from == to)
		return;
	mkfds__need(dup2(from, to) == to, "dup2");
	close(from);
}

static json_t *row_of(int fd)
{
	json_t *row;
	size_t i;

	json_array_foreach (expected, i, row)
		if (json_integer_value(json_object_get(row, "fd")) == fd)
			return row;
	row = json_pack("{s:i}", "fd", fd);
	json_array_append_new(expected, row);
	return row;
}

void mkfds__expect(int fd, const char *kind, json_t *detail)
{
	json_t *row = row_of(fd);

	json_object_set_new(row, "kind", json_string(kind));
	json_object_set_new(row, "detail", detail);
}

void mkfds__expect_locks(int fd, json_t *locks)
{
	json_object_set_new(row_of(fd), "locks", locks);
}

json_t *mkfds__peer(int fd, const char *mode)
{
	return json_pack("[{s:i,s:i,s:s,s:s}]", "pid", getpid(), "fd", fd, "comm", "mkfds", "mode",
			 mode);
}

long long mkfds__inode(int fd)
{
	struct stat st;

	mkfds__need(!fstat(fd, &st), "fstat");
	return st.st_ino;
}

int mkfds__child(void (*fn)(int fd), int fd)
{
	int ready[2], pid;
	pid_t self = getpid();
	char c;

	mkfds__need(!pipe2(ready, O_CLOEXEC), "pipe");
	pid = fork();
	mkfds__need(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self)
			_exit(1);
		close(ready[0]);
		close(STDIN_FILENO);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		close(ready[1]);
		fn(fd);
		pause();
		_exit(0);
	}
	close(ready[1]);
	mkfds__need(read(ready[0], &c, 1) == 1, "child");
	close(ready[0]);
	return pid;
}

static const struct maker *find(const char *name)
{
	for (size_t i = 0; i < ROOM_CNT; i++)
		for (const struct maker *m = rooms[i]; m->name; m++)
			if (!strcmp(m->name, name))
				return m;
	return NULL;
}

static void list(void)
{
	for (size_t i = 0; i < ROOM_CNT; i++)
		for (const struct maker *m = rooms[i]; m->name; m++)
			puts(m->name);
}

int main(int argc, char **argv)
{
	const struct maker *m;
	char c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		list();
		return EXIT_SUCCESS;
	}
	m = argc == 3 ? find(argv[1]) : NULL;
	if (!m) {
		fprintf(stderr, "usage: mkfds NAME FD | mkfds --list\n");
		return 2;
	}
	/* Before 5.11 BPF objects count as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
	expected = json_array();
	m->make(atoi(argv[2]));
	printf("ready %s\n", json_dumps(expected, JSON_COMPACT));
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return EXIT_SUCCESS;
}
