// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What kind of thing a descriptor is (from the inode's mode, the socket and the name), and which
 * vtable tells more of it; see kind.h.
 */
#include "source/kind/kind.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
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

static const struct kind_ops *const all_ops[FDS_KIND_CNT] = {
	[FDS_KIND_FILE] = &kind__file,
	[FDS_KIND_DIR] = &kind__file,
	[FDS_KIND_SYMLINK] = &kind__file,
	[FDS_KIND_CHAR] = &kind__device,
	[FDS_KIND_BLOCK] = &kind__device,
	[FDS_KIND_PIPE] = &kind__pipe,
	[FDS_KIND_FIFO] = &kind__pipe,
	[FDS_KIND_MEMFD] = &kind__memfd,
	[FDS_KIND_NS] = &kind__ns,
	[FDS_KIND_UNIX] = &kind__unix,
	[FDS_KIND_TCP] = &kind__inet,
	[FDS_KIND_UDP] = &kind__inet,
	[FDS_KIND_INET] = &kind__inet,
	[FDS_KIND_NETLINK] = &kind__netlink,
	[FDS_KIND_PACKET] = &kind__packet,
	[FDS_KIND_EVENTFD] = &kind__eventfd,
	[FDS_KIND_EPOLL] = &kind__epoll,
	[FDS_KIND_TIMERFD] = &kind__timerfd,
	[FDS_KIND_SIGNALFD] = &kind__signalfd,
	[FDS_KIND_INOTIFY] = &kind__inotify,
	[FDS_KIND_FANOTIFY] = &kind__fanotify,
	[FDS_KIND_PIDFD] = &kind__pidfd,
	[FDS_KIND_IO_URING] = &kind__io_uring,
	[FDS_KIND_USERFAULTFD] = &kind__userfaultfd,
	[FDS_KIND_BPF_MAP] = &kind__bpf_map,
	[FDS_KIND_BPF_PROG] = &kind__bpf_prog,
	[FDS_KIND_BPF_LINK] = &kind__bpf_link,
};

const struct kind_ops *kind__ops(enum fds_kind kind)
{
	return all_ops[kind];
}

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

void kind_text__addf(struct kind_text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(t->data + t->len, sizeof(t->data) - t->len, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	t->len += len;
	if (t->len < sizeof(t->data))
		return;
	t->len = text__whole_utf8(t->data, sizeof(t->data) - 1);
	t->data[t->len] = '\0';
}

/* Whether what the kind's vtable reads is there. */
static const struct kind_ops *usable_ops(const struct file_row *row)
{
	const struct kind_ops *ops = row->rec.mode ? kind__ops(row->kind) : NULL;

	if (!ops || ((ops->needs & KIND_RECORD) && !row->detail) ||
	    ((ops->needs & KIND_FDINFO) && !row->fdinfo))
		return NULL;
	return ops;
}

bool kind__summary(struct kind_text *t, const struct kind_view *v)
{
	const struct kind_ops *ops = usable_ops(v->row);

	t->len = 0;
	t->data[0] = '\0';
	if (ops && ops->summary)
		ops->summary(t, v);
	return t->len;
}

void kind__emit(struct json *j, const struct kind_view *v)
{
	const struct kind_ops *ops = usable_ops(v->row);
	struct kind_text summary;

	if (ops) {
		json__begin_object(j, "detail");
		ops->emit(j, v);
		json__end_object(j);
	} else {
		json__emit_null(j, "detail");
	}
	json__emit_text(j, "detail_error", v->row->detail_error);
	json__emit_text(j, "summary", kind__summary(&summary, v) ? summary.data : NULL);
	locks__emit(j, v);
}

void kind__emit_bits(struct json *j, const char *key, uint32_t mask, const struct kind_bit *bits,
		     size_t cnt)
{
	json__begin_array(j, key);
	for (size_t i = 0; i < cnt; i++) {
		if (!(mask & bits[i].bit))
			continue;
		json__emit_text(j, NULL, bits[i].name);
		mask &= ~bits[i].bit;
	}
	if (mask)
		json__emit_textf(j, NULL, "0x%x", mask);
	json__end_array(j);
}

void kind__emit_dev(struct json *j, uint32_t dev)
{
	json__emit_textf(j, "dev", "%u:%u", FDS_DEV_MAJOR(dev), FDS_DEV_MINOR(dev));
}
