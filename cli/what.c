// SPDX-License-Identifier: GPL-2.0-or-later
/* WHAT of "fdscope who"; see what.h. */
#include "what.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdscope/api.h"

/* A decimal number without sign or blanks up to `max`, that ends where `end` stands first. */
static const char *parse_number(const char *s, char end, uint64_t max, uint64_t *ret)
{
	size_t len = strspn(s, "0123456789");

	if (!len || len > 20 || s[len] != end)
		return NULL;
	errno = 0;
	*ret = strtoull(s, NULL, 10);
	if (errno || *ret > max)
		return NULL;
	return s + len + (end != '\0');
}

static const char *behind(const char *word, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(word, prefix, len) ? NULL : word + len;
}

static int parse_inode(const char *s, struct what *ret)
{
	uint64_t major, minor, inode;

	/* As the kernel numbers devices: 12 bits and 20. */
	s = parse_number(s, ':', 0xfff, &major);
	if (s)
		s = parse_number(s, ':', 0xfffff, &minor);
	if (!s || !parse_number(s, '\0', UINT64_MAX, &inode))
		return -EINVAL;
	snprintf(ret->target, sizeof(ret->target),
		 FDS_API_WHO "?inode=%" PRIu64 ":%" PRIu64 ":%" PRIu64, major, minor, inode);
	return 0;
}

static int parse_port(const char *s, struct what *ret)
{
	uint64_t port;

	if (!parse_number(s, '\0', UINT16_MAX, &port) || !port)
		return -EINVAL;
	snprintf(ret->target, sizeof(ret->target), FDS_API_WHO "?port=%" PRIu64, port);
	return 0;
}

static int parse_ofd(const char *s, struct what *ret)
{
	if (strlen(s) != 16 || strspn(s, "0123456789abcdefABCDEF") != 16)
		return -EINVAL;
	snprintf(ret->target, sizeof(ret->target), FDS_API_WHO "?ofd=%s", s);
	return 0;
}

/* "N" and "fd:M", or "N fd:M". */
static int parse_fd(const char *s, const char *second, struct what *ret)
{
	uint64_t pid, fd;
	const char *rest = parse_number(s, second ? '\0' : ' ', INT32_MAX, &pid);

	if (!rest || !pid)
		return -EINVAL;
	rest = behind(second ? second : rest, "fd:");
	if (!rest || !parse_number(rest, '\0', INT32_MAX, &fd))
		return -EINVAL;
	snprintf(ret->target, sizeof(ret->target), FDS_API_WHO "?pid=%" PRIu64 "&fd=%" PRIu64, pid,
		 fd);
	return 0;
}

int what__parse(const char *word, const char *second, struct what *ret, const char **ret_why)
{
	static const struct {
		const char *prefix;
		int (*parse)(const char *s, struct what *ret);
		const char *why;
	} forms[] = {
		{"inode:", parse_inode, "is not inode:MAJOR:MINOR:INODE, all three decimal"},
		{"port:", parse_port, "is not port:N with N from 1 to 65535"},
		{"ofd:", parse_ofd,
		 "is not ofd:ID with the 16 digits that 'fdscope files' shows as OFD"},
	};
	const char *rest = behind(word, "pid:");
	struct what w = {};

	*ret_why = NULL;
	if (rest) {
		if (parse_fd(rest, second, &w))
			*ret_why = "is not pid:N fd:M with the numbers of a process and of one of "
				   "its descriptors";
		goto out;
	}
	if (second) {
		*ret_why = "cannot have a second word: only pid:N takes one, fd:M";
		goto out;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		rest = behind(word, forms[i].prefix);
		if (!rest)
			continue;
		if (forms[i].parse(rest, &w))
			*ret_why = forms[i].why;
		goto out;
	}
	if (behind(word, "fd:")) {
		*ret_why = "needs a process: pid:N fd:M";
	} else if (!*word) {
		*ret_why = "is empty; it is " WHAT_FORMS;
	} else if (!strcmp(word, "deleted")) {
		snprintf(w.target, sizeof(w.target), FDS_API_WHO "?deleted=1");
	} else {
		w.path = word;
		snprintf(w.target, sizeof(w.target), FDS_API_WHO "?fd=");
	}
out:
	if (*ret_why)
		return -EINVAL;
	*ret = w;
	return 0;
}

/*
 * A path means what it means to the asker: in his mount namespace, from his folder, by his rights.
 * So he opens it, and names his own descriptor to the daemon, which takes the inode behind it. That
 * is exact where numbers are not: st_dev is not the device of the inode on btrfs, both numbers may
 * be others on overlayfs, and btrfs uses an inode's number once in each subvolume.  It also pins
 * the inode until the answer is there.
 */
int what__resolve(const struct what *w, char ret_target[WHAT_TARGET_SZ], int *ret_fd)
{
	int fd = -1;

	if (w->path) {
		fd = open(w->path, O_PATH | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		snprintf(ret_target, WHAT_TARGET_SZ, "%.64s%d", w->target, fd);
	} else {
		memcpy(ret_target, w->target, WHAT_TARGET_SZ);
	}
	*ret_fd = fd;
	return 0;
}
