// SPDX-License-Identifier: GPL-2.0-or-later
/* Names for open file descriptions; see ofd.h. */
#include "source/ofd.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static int read_key(const char *path, struct ofd_key *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct ofd_key key;
	struct stat st;

	if (fd < 0)
		return -errno;
	/* A key that others could have written or read is none. */
	if (fstat(fd, &st) || (st.st_uid && st.st_uid != geteuid()) || st.st_mode & 077 ||
	    !S_ISREG(st.st_mode))
		return -EPERM;
	if (read(fd, &key, sizeof(key)) != sizeof(key) || !(key.mul & 1))
		return -EBADMSG;
	*ret = key;
	return 0;
}

/* The folder of a file, if it is missing and its own folder is there. */
static void make_folder(const char *path)
{
	const char *end = strrchr(path, '/');
	char folder[PATH_MAX];

	if (!end || end == path || (size_t)(end - path) >= sizeof(folder))
		return;
	memcpy(folder, path, end - path);
	folder[end - path] = '\0';
	mkdir(folder, 0755);
}

static int write_key(const char *path, const struct ofd_key *key)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == ENOENT) {
		make_folder(path);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	if (fd < 0)
		return -errno;
	if (write(fd, key, sizeof(*key)) != sizeof(*key)) {
		unlink(path);
		return -EIO;
	}
	return 0;
}

int ofd__load_key(const char *path, struct ofd_key *ret)
{
	struct ofd_key key;
	int err = read_key(path, ret);

	if (!err)
		return 0;
	if (getrandom(&key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	key.mul |= 1;
	*ret = key;
	if (err != -ENOENT)
		unlink(path);
	return write_key(path, &key);
}

uint64_t ofd__id(const struct ofd_key *key, uint64_t addr)
{
	uint64_t x = addr;

	if (!x)
		return 0;
	/* Each step can be undone by who has the key, so no two addresses meet. */
	x = (x ^ key->add) * key->mul;
	x = (x ^ (x >> 32)) * key->mul;
	x = (x ^ (x >> 29)) * key->mul;
	return x ^ (x >> 32);
}

/* What a number is to be multiplied with so that 1 is left (modulo 2^64); it is odd. */
static uint64_t inverse(uint64_t x)
{
	uint64_t y = x; /* right in 3 bits, and with each round in twice as many */

	for (int i = 0; i < 5; i++)
		y *= 2 - x * y;
	return y;
}

uint64_t ofd__address(const struct ofd_key *key, uint64_t id)
{
	uint64_t x = id, div = inverse(key->mul);

	if (!x)
		return 0;
	x = (x ^ (x >> 32)) * div;
	x = (x ^ (x >> 29) ^ (x >> 58)) * div;
	x = (x ^ (x >> 32)) * div;
	return x ^ key->add;
}
