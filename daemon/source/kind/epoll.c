// SPDX-License-Identifier: GPL-2.0-or-later
/* epoll: the interest list. */
#include "source/kind/kind.h"

#include "source/kind/fdinfo.h"

#include <stdlib.h>
#include <sys/epoll.h>

struct target {
	uint64_t fd, events, inode, dev;
};

/* A line of "tfd: FD events: HEX data: HEX  pos:N ino:HEX sdev:HEX". */
static bool next_target(const char **pos, struct target *ret)
{
	const char *s;

	while ((s = fdinfo__next(pos, "tfd:"))) {
		char *end;

		ret->fd = strtoull(s, &end, 10);
		if (end != s && ret->fd <= UINT32_MAX &&
		    fdinfo__parse_field(s, "events:", 16, &ret->events)) {
			if (!fdinfo__parse_field(s, " ino:", 16, &ret->inode) ||
			    !fdinfo__parse_field(s, " sdev:", 16, &ret->dev))
				ret->inode = ret->dev = 0;
			return true;
		}
	}
	return false;
}

/*
 * The descriptor of that number, if it is still what was registered; NULL: not so, and the target
 * lives on by another descriptor (or is another).
 */
static const struct file_row *find_row(const struct file_list *l, const struct target *t)
{
	size_t lo = 0, hi = l->cnt;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (l->rows[mid].rec.fd < t->fd)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == l->cnt || l->rows[lo].rec.fd != t->fd || l->rows[lo].rec.inode != t->inode)
		return NULL;
	return &l->rows[lo];
}

static const struct kind_bit event_bits[] = {
	{EPOLLIN, "in"},	 {EPOLLPRI, "pri"},	    {EPOLLOUT, "out"},
	{EPOLLERR, "err"},	 {EPOLLHUP, "hup"},	    {EPOLLRDNORM, "rdnorm"},
	{EPOLLRDBAND, "rdband"}, {EPOLLWRNORM, "wrnorm"},   {EPOLLWRBAND, "wrband"},
	{EPOLLMSG, "msg"},	 {EPOLLRDHUP, "rdhup"},	    {EPOLLEXCLUSIVE, "exclusive"},
	{EPOLLWAKEUP, "wakeup"}, {EPOLLONESHOT, "oneshot"}, {EPOLLET, "et"},
};

static void emit(struct json *j, const struct kind_view *v)
{
	const char *pos = v->row->fdinfo;
	struct target t;

	json__begin_array(j, "targets");
	while (next_target(&pos, &t)) {
		const struct file_row *row = find_row(v->list, &t);

		json__begin_object(j, NULL);
		json__emit_uint(j, "fd", t.fd);
		kind__emit_bits(j, "events", t.events, event_bits,
				sizeof(event_bits) / sizeof(event_bits[0]));
		json__emit_text(j, "kind", row ? kind__name(row->kind) : NULL);
		json__emit_uint(j, "inode", t.inode);
		kind__emit_dev(j, t.dev);
		json__end_object(j);
	}
	json__end_array(j);
}

static void summarize(struct kind_text *t, const struct kind_view *v)
{
	const char *pos = v->row->fdinfo;
	struct target target;
	size_t cnt = 0, lost = 0;

	for (; next_target(&pos, &target); cnt++)
		lost += !find_row(v->list, &target);
	kind_text__addf(t, "targets %zu", cnt);
	if (lost)
		kind_text__addf(t, ", %zu of them no longer at their number", lost);
}

/* The kernel takes the instance's mutex, which epoll_wait holds while it writes to its caller. */
const struct kind_ops kind__epoll = {KIND_FDINFO | KIND_WAITS, emit, summarize};
