// SPDX-License-Identifier: GPL-2.0-or-later
/* Unix sockets: name, state, queues, and who has the peer. */
#include "source/kind/kind.h"

#include "base/text.h"

#include <string.h>
#include <sys/socket.h>

#define LISTENS	  10 /* TCP_LISTEN, which Unix sockets use too */
#define CONNECTED 1

static const char *type_name(uint16_t type)
{
	return type == SOCK_STREAM	? "stream"
	       : type == SOCK_DGRAM	? "dgram"
	       : type == SOCK_SEQPACKET ? "seqpacket"
					: NULL;
}

static const char *state_name(uint8_t state)
{
	return state == LISTENS ? "listen" : state == CONNECTED ? "connected" : "unconnected";
}

/*
 * The name as bytes for people: an abstract one, which begins with NUL, as "@...", with "@" for
 * every further NUL as ss(8) and /proc/net/unix write it; a path up to its NUL.
 */
static size_t path_of(const struct fds_detail_rec *d, char *buf)
{
	size_t sz = d->path_sz < FDS_UNIX_PATH_SZ ? d->path_sz : FDS_UNIX_PATH_SZ;

	memcpy(buf, d->path, sz);
	if (!sz || buf[0])
		return strnlen(buf, sz);
	for (size_t i = 0; i < sz; i++)
		if (!buf[i])
			buf[i] = '@';
	return sz;
}

static void emit_path(struct json *j, const char *key, const struct fds_detail_rec *d, bool peers)
{
	bool is_peers = d->flags & FDS_DETAIL_PEERS_PATH;
	char path[FDS_UNIX_PATH_SZ];

	if (d->path_sz && is_peers == peers)
		json__emit_text_n(j, key, path, path_of(d, path));
	else
		json__emit_null(j, key);
}

static void emit(struct json *j, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;

	json__emit_text(j, "type", type_name(v->row->rec.sock_type));
	json__emit_text(j, "state", state_name(d->state));
	emit_path(j, "path", d, false);
	emit_path(j, "peer_path", d, true);
	JSON_UINT_OR_NULL(j, "peer_inode", d->peer_inode, 0);
	JSON_UINT_OR_NULL(j, "recv_queue", d->recv_queue, FDS_COUNT_UNKNOWN);
	JSON_UINT_OR_NULL(j, "send_queue", d->send_queue, FDS_COUNT_UNKNOWN);
	kind__emit_peers(j, v);
}

static void summarize(struct kind_text *t, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;
	char path[FDS_UNIX_PATH_SZ], text[4 * FDS_UNIX_PATH_SZ + 1];

	text[0] = '\0';
	if (d->path_sz)
		text__copy_utf8(text, sizeof(text), path, path_of(d, path));
	if (d->state != CONNECTED) {
		kind_text__addf(t, "%s%s%s", text, d->path_sz ? " " : "", state_name(d->state));
		return;
	}
	if (d->path_sz && !(d->flags & FDS_DETAIL_PEERS_PATH))
		kind_text__addf(t, "%s ", text);
	kind_text__addf(t, "-> ");
	kind__add_peers(t, v);
	if (d->flags & FDS_DETAIL_PEERS_PATH)
		kind_text__addf(t, " %s", text);
}

const struct kind_ops kind__unix = {KIND_RECORD, emit, summarize};
