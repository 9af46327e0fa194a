// SPDX-License-Identifier: GPL-2.0-or-later
/* What kind of thing a descriptor is: from the inode's mode, the socket and the name. */
#include "source/files.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	const char *anon;
} kinds[FDS_KIND_CNT] = {
#define X(id, name, anon) [FDS_KIND_##id] = {name, anon},
	FDS_KINDS(X)
#undef X
};

const char *kind__name(enum fds_kind kind)
{
	return kinds[kind].name;
}

static enum fds_kind socket_kind(uint16_t family, uint16_t type)
{
	switch (family) {
	case AF_UNIX:
		return FDS_KIND_UNIX;
	case AF_INET:
	case AF_INET6:
		return type == SOCK_STREAM  ? FDS_KIND_TCP
		       : type == SOCK_DGRAM ? FDS_KIND_UDP
					    : FDS_KIND_INET;
	case AF_NETLINK:
		return FDS_KIND_NETLINK;
	case AF_PACKET:
		return FDS_KIND_PACKET;
	default:
		return FDS_KIND_SOCKET;
	}
}

/* Anonymous inodes are told apart by name only. */
static enum fds_kind anon_kind(const char *name)
{
	for (int k = 0; k < FDS_KIND_CNT; k++)
		if (kinds[k].anon && !strcmp(kinds[k].anon, name))
			return k;
	return FDS_KIND_ANON;
}

enum fds_kind kind__find(uint32_t mode, uint16_t sock_family, uint16_t sock_type, const char *name)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		/* A file of tmpfs that only its name gives away. */
		if (!strncmp(name, "memfd:", 6))
			return FDS_KIND_MEMFD;
		return FDS_KIND_FILE;
	case S_IFDIR:
		return FDS_KIND_DIR;
	case S_IFCHR:
		return FDS_KIND_CHAR;
	case S_IFBLK:
		return FDS_KIND_BLOCK;
	case S_IFLNK:
		return FDS_KIND_SYMLINK;
	case S_IFIFO:
		/* A pipe's dentry has no name; procfs shows "pipe:[N]". */
		return !name[0] || !strncmp(name, "pipe:[", 6) ? FDS_KIND_PIPE : FDS_KIND_FIFO;
	case S_IFSOCK:
		return socket_kind(sock_family, sock_type);
	default:
		return anon_kind(name);
	}
}

void file_list__emit_kinds(struct json *j, const struct file_list *l)
{
	uint32_t counts[FDS_KIND_CNT];

	memcpy(counts, l->unlisted_kinds, sizeof(counts));
	for (size_t i = 0; i < l->cnt; i++)
		if (l->rows[i].kind < FDS_KIND_CNT)
			counts[l->rows[i].kind]++;
	json__begin_object(j, "kinds");
	for (size_t kind = 0; kind < FDS_KIND_CNT; kind++)
		if (counts[kind])
			json__emit_uint(j, kind__name(kind), counts[kind]);
	json__end_object(j);
}
