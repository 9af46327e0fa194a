// SPDX-License-Identifier: GPL-2.0-or-later
/* The texts of /proc/net; see sockets.h. */
#include "source/kind/sockets.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define UNIX_ACCEPTS	     0x10000 /* __SO_ACCEPTCON of linux/net.h */
#define UNIX_STATE_CONNECTED 3
#define LISTENS		     10
#define CONNECTED	     1
#define CLOSED		     7
#define LINES_PER_LOOK	     256 /* at the clock */

/* Words of 32 bits in the machine's order, as hexadecimal text. */
static bool parse_address(const char *hex, uint8_t *ret)
{
	size_t len = strlen(hex);

	if (len != 8 && len != 32)
		return false;
	for (size_t i = 0; i < len / 8; i++) {
		char word[9] = {};
		uint32_t value;

		memcpy(word, hex + i * 8, 8);
		value = strtoul(word, NULL, 16);
		memcpy(ret + i * 4, &value, sizeof(value));
	}
	return true;
}

/* "sl: LOCAL:PORT REMOTE:PORT ST TX:RX TR:WHEN RETR UID TIMEOUT INODE ..." */
static bool parse_inet(const char *line, struct socket_line *ret)
{
	struct fds_detail_rec *d = &ret->detail;
	char local[33], remote[33];
	unsigned int local_port, remote_port, state, tx, rx;
	unsigned long long inode;

	if (sscanf(line,
		   " %*u: %32[0-9A-Fa-f]:%x %32[0-9A-Fa-f]:%x %x %x:%x %*x:%*x %*x %*u %*d %llu",
		   local, &local_port, remote, &remote_port, &state, &tx, &rx, &inode) != 8)
		return false;
	if (!parse_address(local, d->local) || !parse_address(remote, d->remote))
		return false;
	d->local_port = local_port;
	d->remote_port = remote_port;
	d->state = state;
	d->recv_queue = rx;
	d->send_queue = tx;
	ret->inode = inode;
	return true;
}

/* "Num: RefCount Protocol Flags Type St Inode Path"; "@": abstract. */
static bool parse_unix(const char *line, struct socket_line *ret)
{
	struct fds_detail_rec *d = &ret->detail;
	unsigned int flags, type, state;
	unsigned long long inode;
	int at = 0;
	size_t len;

	if (sscanf(line, "%*[0-9A-Fa-f]: %*x %*x %x %x %x %llu%n", &flags, &type, &state, &inode,
		   &at) != 4 ||
	    !at)
		return false;
	ret->inode = inode;
	ret->type = type;
	d->state = flags & UNIX_ACCEPTS		   ? LISTENS
		   : state == UNIX_STATE_CONNECTED ? CONNECTED
						   : CLOSED;
	d->recv_queue = d->send_queue = FDS_COUNT_UNKNOWN;
	line += at;
	len = strcspn(line, "\n");
	if (len < 2)
		return true;
	len--; /* the blank before */
	d->path_sz = len < FDS_UNIX_PATH_SZ ? len : FDS_UNIX_PATH_SZ;
	memcpy(d->path, line + 1, d->path_sz);
	if (d->path[0] == '@')
		d->path[0] = '\0';
	return true;
}

/* "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode" */
static bool parse_netlink(const char *line, struct socket_line *ret)
{
	struct fds_detail_rec *d = &ret->detail;
	unsigned int protocol, port, groups;
	int rx, tx;
	unsigned long long inode;

	if (sscanf(line, "%*s %u %u %x %d %d %*s %*s %*s %llu", &protocol, &port, &groups, &rx, &tx,
		   &inode) != 6)
		return false;
	d->protocol = protocol;
	d->id = port;
	d->groups = groups;
	d->recv_queue = rx;
	d->send_queue = tx;
	ret->inode = inode;
	return true;
}

/* "sk RefCnt Type Proto Iface R Rmem User Inode" */
static bool parse_packet(const char *line, struct socket_line *ret)
{
	struct fds_detail_rec *d = &ret->detail;
	unsigned int type, protocol, interface, rx;
	unsigned long long inode;

	if (sscanf(line, "%*s %*s %u %x %u %*u %u %*u %llu", &type, &protocol, &interface, &rx,
		   &inode) != 5)
		return false;
	ret->type = type;
	d->protocol = protocol;
	d->id = interface;
	d->recv_queue = rx;
	d->send_queue = FDS_COUNT_UNKNOWN;
	ret->inode = inode;
	return true;
}

/* The files, whose sockets they list, and how. */
static const struct {
	const char *name;
	enum fds_kind kind;
	uint16_t family;
	uint16_t type;	   /* of all in it; 0: each line tells */
	uint16_t protocol; /* 0: not the same for all, or told */
	bool (*parse)(const char *line, struct socket_line *ret);
} files[] = {
	{"tcp", FDS_KIND_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP, parse_inet},
	{"tcp6", FDS_KIND_TCP, AF_INET6, SOCK_STREAM, IPPROTO_TCP, parse_inet},
	{"udp", FDS_KIND_UDP, AF_INET, SOCK_DGRAM, IPPROTO_UDP, parse_inet},
	{"udp6", FDS_KIND_UDP, AF_INET6, SOCK_DGRAM, IPPROTO_UDP, parse_inet},
	{"raw", FDS_KIND_INET, AF_INET, SOCK_RAW, 0, parse_inet},
	{"raw6", FDS_KIND_INET, AF_INET6, SOCK_RAW, 0, parse_inet},
	{"unix", FDS_KIND_UNIX, AF_UNIX, 0, 0, parse_unix},
	{"netlink", FDS_KIND_NETLINK, AF_NETLINK, SOCK_RAW, 0, parse_netlink},
	{"packet", FDS_KIND_PACKET, AF_PACKET, 0, 0, parse_packet},
};

#define FILE_CNT (sizeof(files) / sizeof(files[0]))

bool socket_line__parse(const char *name, const char *line, struct socket_line *ret)
{
	struct socket_line l = {};

	for (size_t i = 0; i < FILE_CNT; i++) {
		if (strcmp(files[i].name, name))
			continue;
		if (!files[i].parse(line, &l))
			return false;
		if (files[i].type)
			l.type = files[i].type;
		if (files[i].protocol)
			l.detail.protocol = files[i].protocol;
		else if (files[i].type == SOCK_RAW && files[i].parse == parse_inet)
			l.detail.protocol = l.detail.local_port;
		*ret = l;
		return true;
	}
	return false;
}

static int by_inode(const void *va, const void *vb)
{
	const struct file_row *const *a = va, *const *b = vb;
	uint64_t x = (*a)->rec.inode, y = (*b)->rec.inode;

	return x < y ? -1 : x > y;
}

static bool is_of(const struct file_row *row, size_t file)
{
	return S_ISSOCK(row->rec.mode) && !row->detail && row->kind == files[file].kind &&
	       row->rec.sock_family == files[file].family;
}

/* All rows of that inode: a socket may have more than one descriptor. */
static void give(struct file_row **rows, size_t cnt, const struct socket_line *line)
{
	size_t lo = 0, hi = cnt;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (rows[mid]->rec.inode < line->inode)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < cnt && rows[lo]->rec.inode == line->inode; lo++) {
		if (rows[lo]->detail)
			continue;
		rows[lo]->detail = malloc(sizeof(line->detail));
		if (!rows[lo]->detail)
			return;
		*rows[lo]->detail = line->detail;
		if (line->type)
			rows[lo]->rec.sock_type = line->type;
	}
}

/* false: there was no time for all of it. */
static bool read_file(struct file_row **rows, size_t cnt, int dir, size_t file, uint64_t until_ns)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	char path[32];
	size_t sz = 0;
	int fd;

	snprintf(path, sizeof(path), "net/%s", files[file].name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return true;
	}
	for (size_t n = 0; getline(&line, &sz, f) >= 0; n++) {
		struct socket_line l;

		if (n % LINES_PER_LOOK == 0 && clock__now_ns() > until_ns)
			return false;
		if (socket_line__parse(files[file].name, line, &l))
			give(rows, cnt, &l);
	}
	return true;
}

void sockets__look(struct file_list *l, int dir, uint64_t until_ns)
{
	_cleanup_free_ struct file_row **rows = malloc((l->cnt + 1) * sizeof(*rows));

	for (size_t file = 0; rows && file < FILE_CNT; file++) {
		bool whole;
		size_t cnt = 0;

		for (size_t i = 0; i < l->cnt; i++)
			if (is_of(&l->rows[i], file))
				rows[cnt++] = &l->rows[i];
		if (!cnt)
			continue;
		qsort(rows, cnt, sizeof(*rows), by_inode);
		whole = read_file(rows, cnt, dir, file, until_ns);
		for (size_t i = 0; i < cnt; i++)
			if (!rows[i]->detail)
				rows[i]->detail_error =
					whole ? "not in /proc/PID/net: it has no address yet, or is "
						"of another network namespace"
					      : "there was no time to look at it";
	}
}
