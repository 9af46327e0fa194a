// SPDX-License-Identifier: GPL-2.0-or-later
/* Files, devices, pipes, memfds, namespaces; see mkfds.h. */
#include "mkfds.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SIZE 12345

static void make_file(int fd)
{
	char path[] = "/tmp/mkfds.XXXXXX";
	char *bytes = calloc(1, SIZE);
	struct stat st;

	mkfds__put(mkstemp(path), fd);
	/* Written back, so that it has its place on disk. */
	mkfds__need(write(fd, bytes, SIZE) == SIZE && !fsync(fd) && !unlink(path) &&
			    !fstat(fd, &st),
		    path);
	free(bytes);
	mkfds__expect(fd, "file",
		      json_pack("{s:i,s:i,s:b,s:I}", "size", SIZE, "nlink", 0, "deleted", 1,
				"disk_bytes", (json_int_t)st.st_blocks * 512));
}

static void make_dir(int fd)
{
	mkfds__put(open("/dev", O_RDONLY | O_DIRECTORY), fd);
	mkfds__expect(fd, "dir", json_pack("{s:b}", "deleted", 0));
}

static void make_char(int fd)
{
	mkfds__put(open("/dev/null", O_RDWR), fd);
	mkfds__expect(
		fd, "char",
		json_pack("{s:i,s:i,s:n,s:s}", "major", 1, "minor", 3, "tty", "driver", "mem"));
}

/* No device behind it: it cannot be opened but as a path. */
static void make_block(int fd)
{
	char folder[] = "/tmp/mkfds.XXXXXX", path[64];

	mkfds__need(mkdtemp(folder), folder);
	snprintf(path, sizeof(path), "%s/block", folder);
	mkfds__need(!mknod(path, S_IFBLK | 0600, makedev(7, 9)), path);
	mkfds__put(open(path, O_PATH), fd);
	unlink(path);
	rmdir(folder);
	mkfds__expect(fd, "block", json_pack("{s:i,s:i}", "major", 7, "minor", 9));
}

static void make_tty(int fd)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char name[64];

	mkfds__need(master >= 0 && !unlockpt(master) && !ptsname_r(master, name, sizeof(name)),
		    "pty");
	slave = open(name, O_RDWR | O_NOCTTY);
	mkfds__need(slave >= 0, name);
	mkfds__put(slave, fd);
	mkfds__put(master, fd + 1);
	mkfds__expect(fd, "char", json_pack("{s:s}", "tty", name + strlen("/dev/")));
	mkfds__expect(fd + 1, "char", json_pack("{s:s}", "tty", "ptmx"));
}

static void expect_pipe(int fd, const char *kind, int bytes)
{
	int capacity = fcntl(fd, F_GETPIPE_SZ);

	mkfds__expect(fd, kind,
		      json_pack("{s:s,s:o,s:i,s:i}", "end", "read", "peers",
				mkfds__peer(fd + 1, "w"), "bytes", bytes, "capacity", capacity));
	mkfds__expect(fd + 1, kind,
		      json_pack("{s:s,s:o,s:i,s:i}", "end", "write", "peers", mkfds__peer(fd, "r"),
				"bytes", bytes, "capacity", capacity));
}

static void make_pipe(int fd)
{
	char bytes[5000] = {};
	int ends[2];

	mkfds__need(!pipe(ends) && fcntl(ends[0], F_SETPIPE_SZ, 16384) > 0, "pipe");
	mkfds__put(ends[1], fd + 1);
	mkfds__put(ends[0], fd);
	mkfds__need(write(fd + 1, bytes, sizeof(bytes)) == sizeof(bytes), "write");
	expect_pipe(fd, "pipe", sizeof(bytes));
}

static void keep_reading(int fd)
{
	close(fd + 1);
}

/* The end is with a child alone. */
static void make_pipe_to_child(int fd)
{
	int ends[2], child;

	mkfds__need(!pipe(ends), "pipe");
	mkfds__put(ends[1], fd + 1);
	mkfds__put(ends[0], fd);
	child = mkfds__child(keep_reading, fd);
	close(fd);
	usleep(100000); /* the child closes the other end */
	mkfds__expect(fd + 1, "pipe",
		      json_pack("{s:s,s:[{s:i,s:i,s:s,s:s}]}", "end", "write", "peers", "pid",
				child, "fd", fd, "comm", "mkfds", "mode", "r"));
}

static void make_fifo(int fd)
{
	char folder[] = "/tmp/mkfds.XXXXXX", path[64];
	int r, w;

	mkfds__need(mkdtemp(folder), folder);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	mkfds__need(!mkfifo(path, 0600), path);
	r = open(path, O_RDONLY | O_NONBLOCK);
	w = open(path, O_WRONLY);
	mkfds__need(r >= 0 && w >= 0, path);
	mkfds__put(w, fd + 1);
	mkfds__put(r, fd);
	unlink(path);
	rmdir(folder);
	expect_pipe(fd, "fifo", 0);
}

static void make_memfd(int fd)
{
	mkfds__put(memfd_create("a name", MFD_CLOEXEC), fd);
	mkfds__need(!ftruncate(fd, 8192), "ftruncate");
	mkfds__expect(fd, "memfd",
		      json_pack("{s:i,s:s,s:b}", "size", 8192, "name", "a name", "secret", 0));
}

static void make_memfd_secret(int fd)
{
#ifdef SYS_memfd_secret
	int made = syscall(SYS_memfd_secret, 0);

	mkfds__need(made >= 0, "memfd_secret");
	mkfds__put(made, fd);
	mkfds__expect(fd, "memfd", json_pack("{s:b,s:n}", "secret", 1, "name"));
#else
	(void)fd;
	mkfds__need(false, "memfd_secret");
#endif
}

static void make_ns(int fd)
{
	mkfds__put(open("/proc/self/ns/net", O_RDONLY), fd);
	mkfds__expect(fd, "ns", json_pack("{s:s}", "type", "net"));
}

const struct maker mkfds__files[] = {
	{"file", make_file},
	{"dir", make_dir},
	{"char", make_char},
	{"block", make_block},
	{"tty", make_tty},
	{"pipe", make_pipe},
	{"pipe-to-child", make_pipe_to_child},
	{"fifo", make_fifo},
	{"memfd", make_memfd},
	{"memfd-secret", make_memfd_secret},
	{"ns", make_ns},
	{},
};
