// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks of each sort, and those who wait for them; see mkfds.h. */
#include "mkfds.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static char path[] = "/tmp/mkfds.XXXXXX";

static void make_locked(int fd)
{
	mkfds__put(mkstemp(path), fd);
}

static void wait_flock(int fd)
{
	(void)fd;
	flock(open(path, O_RDWR), LOCK_EX);
}

static void wait_posix(int fd)
{
	struct flock all = {.l_type = F_WRLCK};

	(void)fd;
	fcntl(open(path, O_RDWR), F_SETLKW, &all);
}

/* Whether somebody waits: "->" on the inode of `fd`. */
static bool is_awaited(int fd)
{
	char line[256], inode[32];
	FILE *f = fopen("/proc/locks", "r");
	bool found = false;

	mkfds__need(f, "/proc/locks");
	snprintf(inode, sizeof(inode), ":%lld ", mkfds__inode(fd));
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, "->") && strstr(line, inode);
	fclose(f);
	return found;
}

static void await(int fd)
{
	for (int i = 0; i < 1000 && !is_awaited(fd); i++)
		usleep(10000);
	unlink(path);
}

static void make_flock(int fd)
{
	int child;

	make_locked(fd);
	mkfds__need(!flock(fd, LOCK_EX), "flock");
	child = mkfds__child(wait_flock, fd);
	await(fd);
	mkfds__expect(fd, "file", json_object());
	mkfds__expect_locks(fd, json_pack("[{s:s,s:s,s:i,s:n,s:i,s:[{s:i,s:s}]}]", "type", "flock",
					  "mode", "write", "start", 0, "end", "pid", getpid(),
					  "waiters", "pid", child, "comm", "mkfds"));
}

static void make_posix(int fd)
{
	struct flock part = {.l_type = F_RDLCK, .l_start = 10, .l_len = 20};
	int child;

	make_locked(fd);
	mkfds__put(open(path, O_RDWR), fd + 1);
	mkfds__need(!fcntl(fd, F_SETLK, &part), "F_SETLK");
	child = mkfds__child(wait_posix, fd);
	await(fd);
	mkfds__expect(fd, "file", json_object());
	mkfds__expect_locks(fd, json_pack("[{s:s,s:s,s:i,s:i,s:i,s:[{s:i,s:s}]}]", "type", "posix",
					  "mode", "read", "start", 10, "end", 29, "pid", getpid(),
					  "waiters", "pid", child, "comm", "mkfds"));
	/* The process's, but not by this open file description. */
	mkfds__expect(fd + 1, "file", json_object());
	mkfds__expect_locks(fd + 1, json_array());
}

static void make_ofd(int fd)
{
	struct flock all = {.l_type = F_WRLCK};

	make_locked(fd);
	mkfds__need(!fcntl(fd, F_OFD_SETLK, &all), "F_OFD_SETLK");
	unlink(path);
	mkfds__expect(fd, "file", json_object());
	mkfds__expect_locks(fd, json_pack("[{s:s,s:s,s:i,s:n,s:[]}]", "type", "ofd", "mode",
					  "write", "start", 0, "end", "waiters"));
}

const struct maker mkfds__locks[] = {
	{"lock-flock", make_flock},
	{"lock-posix", make_posix},
	{"lock-ofd", make_ofd},
	{},
};
