// SPDX-License-Identifier: GPL-2.0-or-later
/* Identity out of a failure's record; see departed.h. */
#include "source/departed.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "source/procfs.h"
#include "source/program_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Type of a handle that is the number of a node; linux/exportfs.h has it for the kernel alone. */
#define FILEID_KERNFS 0xfe
/* At most 1/20 of the time goes into looking through mounts, but for bursts. */
#define TIME_SHARE 20
#define CREDIT_NS  (int64_t)(50 * NSEC_PER_MSEC)

struct departed {
	int cgroups;	  /* root of the v2 tree; -1: none */
	size_t point_len; /* of the path where it is mounted */
	uint64_t last_ns;
	int64_t credit_ns;
};

int departed__new(struct departed **ret)
{
	/* Where systemd has both trees, and where it has the new one alone. */
	static const char *const points[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
	struct departed *d = calloc(1, sizeof(*d));
	struct statfs fs;

	if (!d)
		return -ENOMEM;
	*d = (struct departed){.cgroups = -1, .credit_ns = CREDIT_NS};
	for (size_t i = 0; i < sizeof(points) / sizeof(*points) && d->cgroups < 0; i++) {
		_cleanup_close_ int fd = open(points[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		d->cgroups = take_fd(&fd);
		d->point_len = strlen(points[i]);
	}
	*ret = d;
	return 0;
}

void departed__free(struct departed *d)
{
	if (!d)
		return;
	if (d->cgroups >= 0)
		close(d->cgroups);
	free(d);
}

int departed__cgroup_path(const struct departed *d, uint64_t cgroup_id, char **ret)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(cgroup_id)];
	} node = {.handle = {.handle_bytes = sizeof(cgroup_id), .handle_type = FILEID_KERNFS}};
	char link[32], path[PATH_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t len;
	char *copy;

	if (d->cgroups < 0 || !cgroup_id)
		return -ENOENT;
	memcpy(node.room + sizeof(node.handle), &cgroup_id, sizeof(cgroup_id));
	fd = open_by_handle_at(d->cgroups, &node.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ESTALE ? -ENOENT : -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path));
	if (len < 0)
		return -errno;
	if ((size_t)len < d->point_len || len == sizeof(path))
		return -ENOENT;
	if ((size_t)len == d->point_len) /* the root itself */
		path[len++] = '/';
	copy = text__to_utf8(path + d->point_len, len - d->point_len);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static void cleanup_identity(struct identity **id)
{
	identity__free(*id);
}

/* Of the process itself, if it is still there and has not become another program. */
static int read_alive(const struct fds_failure *f, struct identity **ret)
{
	_cleanup_(cleanup_identity) struct identity *id = NULL;
	_cleanup_close_ int dir = procfs__open_process(f->ev.tgid, f->ev.start_ns);
	int err;

	if (dir < 0)
		return dir;
	if (!program_file__is_run_by(f, dir))
		return -ESRCH;
	err = identity__read(f->ev.tgid, &id);
	if (err)
		return err;
	/* A zombie has no program and may have left its cgroup; and the number may be another's. */
	if (!id->exe || faccessat(dir, "stat", F_OK, 0) < 0)
		return -ESRCH;
	*ret = take_ptr(id);
	return 0;
}

/* The program's path; NULL in *ret: not known.  0 or -ENOMEM. */
static int find_exe(struct departed *d, const struct fds_failure *f, char **ret)
{
	_cleanup_(program_file__done) struct program_file file = {.fd = -1};
	uint64_t begin = clock__now_ns();
	char within[PATH_MAX], *exe;
	const char *path = NULL;

	d->credit_ns += (begin - d->last_ns) / TIME_SHARE;
	if (d->credit_ns > CREDIT_NS)
		d->credit_ns = CREDIT_NS;
	d->last_ns = begin;
	if (d->credit_ns > 0) {
		if (program_file__find(f, &file) == 0)
			path = file.path;
		d->credit_ns -= clock__now_ns() - begin;
	}
	if (!path && program_file__path_within(f, within, sizeof(within)) == 0)
		path = within;
	if (!path)
		return 0;
	exe = text__to_utf8(path, strlen(path));
	if (!exe)
		return -ENOMEM;
	*ret = exe;
	return 0;
}

int departed__identify(struct departed *d, const struct fds_failure *f, struct identity **ret)
{
	_cleanup_(cleanup_identity) struct identity *id = NULL;
	int err = read_alive(f, ret);

	if (!err)
		return 0;
	id = calloc(1, sizeof(*id));
	if (!id || find_exe(d, f, &id->exe))
		return -ENOMEM;
	if (departed__cgroup_path(d, f->cgroup_id, &id->cgroup) == 0 &&
	    identity__parse_cgroup(id->cgroup, &id->unit, &id->container))
		return -ENOMEM;
	*ret = take_ptr(id);
	return 0;
}
