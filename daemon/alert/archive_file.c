// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive's files as files; see archive_file.h. */
#include "alert/archive_file.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAMAGED_INFIX ".damaged-"

static int split_path(const char *path, char dir[static PATH_MAX], char base[static PATH_MAX])
{
	char copy[PATH_MAX];

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	/* Both functions may write to what they are given, and may return it. */
	strcpy(copy, path);
	strcpy(dir, dirname(copy));
	strcpy(copy, path);
	strcpy(base, basename(copy));
	return 0;
}

int archive_file__prepare(const char *path, char *why, size_t why_sz, bool *ret_cut)
{
	char dir[PATH_MAX], base[PATH_MAX];
	struct stat st;
	int fd, err;

	err = split_path(path, dir, base);
	if (err) {
		snprintf(why, why_sz, "%s", strerror(-err));
		return err;
	}
	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode)) {
			snprintf(why, why_sz, "not a regular file");
			return -EMEDIUMTYPE;
		}
		*ret_cut = st.st_size == 0;
		return 0;
	}
	if (errno != ENOENT) {
		err = -errno;
		snprintf(why, why_sz, "%s", strerror(-err));
		return err;
	}
	if (mkdir(dir, 0750) && errno != EEXIST) {
		err = -errno;
		snprintf(why, why_sz, "cannot make its directory: %s", strerror(-err));
		return err;
	}
	/*
	 * Made here for the mode; SQLite gives the log the same.  To close a descriptor of a file
	 * drops the locks that the process has on it: here there are none yet.
	 */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0 && errno != EEXIST) {
		err = -errno;
		snprintf(why, why_sz, "cannot make it: %s", strerror(-err));
		return err;
	}
	/* Whose the directory is: made by root in passing, it is still for the service. */
	if (fd >= 0 && geteuid() == 0 && !stat(dir, &st))
		(void)!fchown(fd, st.st_uid, st.st_gid);
	if (fd >= 0)
		close(fd);
	*ret_cut = false;
	return 0;
}

/* A name that set_aside gives: BASE.damaged-..., but for the one that begins with `keep`. */
static bool is_set_aside(const char *name, const char *base, const char *keep)
{
	size_t len = strlen(base);

	return strncmp(name, base, len) == 0 &&
	       strncmp(name + len, DAMAGED_INFIX, strlen(DAMAGED_INFIX)) == 0 &&
	       strncmp(name, keep, strlen(keep)) != 0;
}

int archive_file__set_aside(const char *path, int64_t now_s)
{
	char dir[PATH_MAX], base[PATH_MAX], stamp[32], from[PATH_MAX], to[PATH_MAX], keep[PATH_MAX];
	_cleanup_closedir_ DIR *d = NULL;
	time_t now = now_s;
	struct tm tm;
	int err;

	/* Room for all that is put behind it below. */
	if (strlen(path) + strlen(DAMAGED_INFIX) + sizeof(stamp) + strlen("-wal") >= PATH_MAX)
		return -ENAMETOOLONG;
	err = split_path(path, dir, base);
	if (err)
		return err;
	if (!gmtime_r(&now, &tm) || !strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm))
		return -EOVERFLOW;

	if (snprintf(to, sizeof(to), "%s" DAMAGED_INFIX "%s", path, stamp) >= (int)sizeof(to) ||
	    snprintf(keep, sizeof(keep), "%s" DAMAGED_INFIX "%s", base, stamp) >= (int)sizeof(keep))
		return -ENAMETOOLONG;
	if (rename(path, to))
		return -errno;
	/* If this one fails: SQLite removes a log that it finds beside an empty file. */
	if (snprintf(from, sizeof(from), "%s-wal", path) < (int)sizeof(from) &&
	    snprintf(to, sizeof(to), "%s" DAMAGED_INFIX "%s-wal", path, stamp) < (int)sizeof(to))
		(void)rename(from, to);

	d = opendir(dir);
	if (!d)
		return 0;
	for (const struct dirent *e; (e = readdir(d));)
		if (is_set_aside(e->d_name, base, keep))
			unlinkat(dirfd(d), e->d_name, 0);
	return 0;
}

uint64_t archive_file__bytes(const char *path)
{
	char wal[PATH_MAX];
	uint64_t sum = 0;
	struct stat st;

	if (stat(path, &st) == 0)
		sum += st.st_size;
	if (snprintf(wal, sizeof(wal), "%s-wal", path) < (int)sizeof(wal) && stat(wal, &st) == 0)
		sum += st.st_size;
	return sum;
}
