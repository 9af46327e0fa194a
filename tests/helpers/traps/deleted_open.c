// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deleted-open: a file that nobody can find any more keeps its space until the last descriptor is
 * closed.  deleted_open MODE [BYTES [FOLDER]]
 *   wrong    writes BYTES to a file, which is deleted, and goes on holding it
 *   right    as one should when a log is rotated: closes it, opens the new one
 *   shared   a child holds it too
 *   sparse   a file of that size which is nothing but a hole
 *   tmpfile  a file that never had a name (O_TMPFILE)
 *   memfd    memory by way of a descriptor
 */
#include "traps.h"

#include <sys/mman.h>
#include <sys/stat.h>

#define BYTES (1 << 20)

static char dir[256], path[300];
static long long bytes = BYTES;

static void read_arguments(void)
{
	if (trap.args[0]) {
		bytes = atoll(trap.args[0]);
		if (trap.args[1])
			MUST(setenv("TMPDIR", trap.args[1], 1));
	}
}

static void fill(int fd)
{
	static char room[65536];
	long long left = bytes;

	memset(room, 'x', sizeof(room));
	while (left > 0) {
		size_t len = left < (long long)sizeof(room) ? (size_t)left : sizeof(room);

		left -= MUST(write(fd, room, len));
	}
}

static void tell(int fd)
{
	struct stat st;

	MUST(fstat(fd, &st));
	trap__tell(st.st_nlink ? "held with a name" : "held without a name",
		   "\"fd\":%d,\"path\":\"%s\",\"bytes\":%lld,\"on_disk\":%lld,\"links\":%u", fd,
		   path, (long long)st.st_size, (long long)st.st_blocks * 512,
		   (unsigned int)st.st_nlink);
}

static void run_wrong(void)
{
	int fd;

	read_arguments();
	trap__path(dir, sizeof(dir), path, sizeof(path));
	fd = MUST(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	fill(fd);
	MUST(unlink(path));
	MUST(rmdir(dir));
	tell(fd);
}

static void run_shared(void)
{
	struct stat st;
	pid_t child;
	int fd;

	read_arguments();
	trap__path(dir, sizeof(dir), path, sizeof(path));
	fd = MUST(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	fill(fd);
	MUST(unlink(path));
	MUST(rmdir(dir));
	child = trap__fork();
	if (child == 0)
		trap__stay_and_exit();
	MUST(fstat(fd, &st));
	trap__tell("held without a name", "\"child\":%d,\"fd\":%d,\"path\":\"%s\",\"on_disk\":%lld",
		   child, fd, path, (long long)st.st_blocks * 512);
}

static void run_sparse(void)
{
	int fd;

	read_arguments();
	trap__path(dir, sizeof(dir), path, sizeof(path));
	fd = MUST(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	MUST(ftruncate(fd, bytes));
	MUST(unlink(path));
	MUST(rmdir(dir));
	tell(fd);
}

static void run_right(void)
{
	char old[310];
	int fd;

	read_arguments();
	trap__path(dir, sizeof(dir), path, sizeof(path));
	snprintf(old, sizeof(old), "%s.1", path);
	fd = MUST(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	fill(fd);
	/* The one who rotates. */
	MUST(rename(path, old));
	/* The one who writes. */
	MUST(close(fd));
	fd = MUST(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
	MUST(unlink(old));
	tell(fd);
}

static void run_tmpfile(void)
{
	static const char *const folders[] = {"/tmp", "/var/tmp", "/dev/shm", NULL};
	const char *folder = getenv("TMPDIR") ?: "/tmp";
	int fd = -1;

	read_arguments();
	/* Not each file system has it. */
	for (const char *const *next = folders; fd < 0 && folder; folder = *next++) {
		snprintf(path, sizeof(path), "%s", folder);
		fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	}
	if (fd < 0)
		trap__skip("no folder with O_TMPFILE");
	fill(fd);
	tell(fd);
}

static void run_memfd(void)
{
	int fd;

	read_arguments();
	snprintf(path, sizeof(path), "memfd:trap");
	fd = MUST(memfd_create("trap", MFD_CLOEXEC));
	fill(fd);
	tell(fd);
}

/* The file that has a name goes when the trap ends. */
static void remove_all(void)
{
	if (*dir) {
		unlink(path);
		rmdir(dir);
	}
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "held without a name", run_wrong},
		{"shared", true, "held without a name", run_shared},
		{"sparse", false, "held without a name", run_sparse},
		{"right", false, "held with a name", run_right},
		{"tmpfile", false, "held without a name", run_tmpfile},
		{"memfd", false, "held without a name", run_memfd},
		{},
	};
	int r = trap__main("deleted-open", modes, argc, argv);

	remove_all();
	return r;
}
