// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is at the other end of a pipe or a socket. */
#include "source/kind/kind.h"

#include <string.h>

/* A pipe has ends of two sorts; of a socket all that hold the peer. */
static bool is_opposite(const struct file_row *row, const struct file_peer *p)
{
	uint32_t both = FDS_FMODE_READ | FDS_FMODE_WRITE, own = row->rec.fmode & both;

	if (p->ofd == row->ofd)
		return false;
	if ((row->kind != FDS_KIND_PIPE && row->kind != FDS_KIND_FIFO) || own == both)
		return true;
	return own && (p->fmode & both & ~own);
}

/* The next peer from *i on that the viewer may see; NULL: none. */
static const struct file_peer *next_peer(const struct kind_view *v, size_t *i)
{
	const struct file_row *row = v->row;

	while (*i < row->peer_cnt) {
		const struct file_peer *p = &v->list->peers[row->peer_first + (*i)++];

		if (is_opposite(row, p) && kind_view__may_see(v, p->uid, p->euid))
			return p;
	}
	return NULL;
}

static const char *mode_name(uint32_t fmode)
{
	static const char *const names[] = {"-", "r", "w", "rw"};

	return names[fmode & (FDS_FMODE_READ | FDS_FMODE_WRITE)];
}

void kind__emit_peers(struct json *j, const struct kind_view *v)
{
	const struct file_peer *p;
	size_t i = 0;

	if (!v->row->knows_peers) {
		json__emit_null(j, "peers");
		return;
	}
	json__begin_array(j, "peers");
	for (size_t cnt = 0; cnt < KIND_PEERS_MAX && (p = next_peer(v, &i)); cnt++) {
		json__begin_object(j, NULL);
		json__emit_uint(j, "pid", p->pid);
		json__emit_uint(j, "fd", p->fd);
		json__emit_text_n(j, "comm", p->comm, strnlen(p->comm, sizeof(p->comm)));
		json__emit_text(j, "mode", mode_name(p->fmode));
		json__end_object(j);
	}
	json__end_array(j);
}

void kind__add_peers(struct kind_text *t, const struct kind_view *v)
{
	const struct file_peer *p;
	size_t i = 0, more = 0;

	if (!v->row->knows_peers) {
		kind_text__addf(t, "?");
		return;
	}
	p = next_peer(v, &i);
	if (!p) {
		kind_text__addf(t, "nobody");
		return;
	}
	kind_text__addf(t, "%u:%s:%u", p->pid, p->comm, p->fd);
	while (more < KIND_PEERS_MAX && next_peer(v, &i))
		more++;
	if (more)
		kind_text__addf(t, " +%zu", more);
}
