// SPDX-License-Identifier: GPL-2.0-or-later
/* From a record to a file; see program_file.h. */
#include "source/program_file.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A host with more mounts than fit has programs on the rest named by their path within them. */
#define MOUNTS_SZ_MAX (1024 * 1024)

/* Words of a line of mountinfo; between OPTIONS and SEPARATOR there may be any number of others. */
enum { ID, PARENT, DEV, ROOT, POINT, OPTIONS, WORD_CNT };

/* \040 and the like, in which blanks are written. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

bool mount__parse(char *line, struct mount *ret)
{
	char *word[WORD_CNT], *rest, *type;
	struct mount m;

	line[strcspn(line, "\n")] = '\0';
	rest = strstr(line, " - ");
	if (!rest)
		return false;
	*rest = '\0';
	type = rest + strlen(" - ");
	type[strcspn(type, " ")] = '\0';
	for (int i = 0; i < WORD_CNT; i++) {
		word[i] = strtok_r(i ? NULL : line, " ", &rest);
		if (!word[i])
			return false;
	}
	if (sscanf(word[ID], "%u", &m.id) != 1 ||
	    sscanf(word[DEV], "%u:%u", &m.major, &m.minor) != 2)
		return false;
	unescape(word[ROOT]);
	unescape(word[POINT]);
	m.root = word[ROOT];
	m.point = word[POINT];
	m.type = type;
	*ret = m;
	return true;
}

const char *mount__below(const struct mount *m, const char *path)
{
	size_t len = strcmp(m->root, "/") ? strlen(m->root) : 0;

	if (strncmp(m->root, path, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

int program_file__path_within(const struct fds_failure *f, char *buf, size_t buf_sz)
{
	const char *names[FDS_EXE_SZ / 2];
	size_t cnt = 0, at = 0, used = 0;

	while (at < FDS_EXE_SZ && f->exe[at] && cnt < FDS_EXE_SZ / 2) {
		size_t len = strnlen(f->exe + at, FDS_EXE_SZ - at);

		if (at + len == FDS_EXE_SZ) /* no NUL behind it */
			return -ENOENT;
		names[cnt++] = f->exe + at;
		at += len + 1;
	}
	if (!cnt)
		return -ENOENT;
	if (!(f->exe_flags & FDS_EXE_WHOLE))
		used = snprintf(buf, buf_sz, "...");
	while (cnt && used < buf_sz)
		used += snprintf(buf + used, buf_sz - used, "/%s", names[--cnt]);
	return used < buf_sz ? 0 : -ENOSPC;
}

bool program_file__is_run_by(const struct fds_failure *f, int process)
{
	char link[PATH_MAX];
	ssize_t len = readlinkat(process, "exe", link, sizeof(link) - 1);
	size_t name_len = strnlen(f->exe, sizeof(f->exe));
	const char *name;

	if (!name_len)
		return true;
	if (len < 0)
		return false;
	link[len] = '\0';
	name = strrchr(link, '/');
	return name && strncmp(name + 1, f->exe, name_len) == 0 &&
	       (!name[1 + name_len] || !strcmp(name + 1 + name_len, " (deleted)"));
}

/* Whether a file there is at hand without asking a server or a user's process. */
static bool is_local(const struct mount *m)
{
	static const char *const types[] = {"ext2",  "ext3", "ext4",	 "xfs",	     "btrfs",
					    "f2fs",  "zfs",  "bcachefs", "overlay",  "tmpfs",
					    "ramfs", "vfat", "erofs",	 "squashfs", "iso9660"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(m->type, types[i]))
			return true;
	return false;
}

/* These give files another device than that of their file system. */
static bool has_own_devices(const struct mount *m)
{
	return !strcmp(m->type, "btrfs") || !strcmp(m->type, "overlay");
}

/* The mount itself, not what was mounted over it: that may be anybody's. */
static int open_mount(const struct mount *m)
{
	_cleanup_close_ int fd = open(m->point, O_PATH | O_CLOEXEC);
	struct statx st;

	if (fd < 0)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st))
		return -errno;
	if (!(st.stx_mask & STATX_MNT_ID) || st.stx_mnt_id != m->id)
		return -ESTALE;
	return take_fd(&fd);
}

/* Without leaving the mount, whatever became of the folders since. */
static int open_below(const struct mount *m, const char *path)
{
	_cleanup_close_ int dir = open_mount(m);
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	char self[32];
	int fd;

	if (dir < 0)
		return dir;
	path += strspn(path, "/");
	if (*path) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	} else { /* the program itself is what is mounted */
		snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
		fd = open(self, how.flags);
	}
	return fd < 0 ? -errno : fd;
}

static bool is_same(const struct fds_failure *f, const struct mount *m, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == f->exe_inode &&
	       (has_own_devices(m) || (major(st.st_dev) == FDS_DEV_MAJOR(f->exe_dev) &&
				       minor(st.st_dev) == FDS_DEV_MINOR(f->exe_dev)));
}

/* Where the program is by this mount, if it can be there; the first found stays, but for a better.
 */
static void try_mount(const struct fds_failure *f, const struct mount *m, const char *within,
		      struct program_file *found)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *path = NULL;
	const char *below;

	if (m->major != FDS_DEV_MAJOR(f->exe_dev) || m->minor != FDS_DEV_MINOR(f->exe_dev))
		return;
	below = mount__below(m, within);
	if (!below || asprintf(&path, "%s%s", strcmp(m->point, "/") ? m->point : "", below) < 0)
		return;
	if (is_local(m))
		fd = open_below(m, below);
	if (fd >= 0 && is_same(f, m, fd)) {
		program_file__done(found);
		*found = (struct program_file){take_ptr(path), take_fd(&fd), true};
	} else if (!found->path) {
		found->path = take_ptr(path);
	}
}

int program_file__find(const struct fds_failure *f, struct program_file *ret)
{
	_cleanup_(program_file__done) struct program_file found = {.fd = -1};
	_cleanup_fclose_ FILE *mounts = NULL;
	_cleanup_free_ char *line = NULL;
	size_t cap = 0, total = 0;
	char within[PATH_MAX];
	ssize_t len;
	int err = program_file__path_within(f, within, sizeof(within));

	if (err)
		return err;
	if (f->exe_flags & FDS_EXE_WHOLE)
		mounts = fopen("/proc/self/mountinfo", "re");
	while (mounts && !found.verified && total < MOUNTS_SZ_MAX &&
	       (len = getline(&line, &cap, mounts)) > 0) {
		struct mount m;

		total += len;
		if (mount__parse(line, &m))
			try_mount(f, &m, within, &found);
	}
	if (!found.path)
		found.path = strdup(within);
	if (!found.path)
		return -ENOMEM;
	*ret = found;
	found = (struct program_file){.fd = -1};
	return 0;
}

void program_file__done(struct program_file *p)
{
	free(p->path);
	if (p->fd >= 0)
		close(p->fd);
	*p = (struct program_file){.fd = -1};
}
