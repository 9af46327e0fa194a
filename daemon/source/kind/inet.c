// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP, UDP and other sockets of the internet: addresses, state, queues. */
#include "source/kind/kind.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ADDRESS_SZ (INET6_ADDRSTRLEN + sizeof("[]:65535"))

/* linux/tcp_states.h, as ss(8) and the RFC call them. */
static const char *const tcp_states[] = {
	[1] = "established", [2] = "syn-sent",	[3] = "syn-recv", [4] = "fin-wait-1",
	[5] = "fin-wait-2",  [6] = "time-wait", [7] = "close",	  [8] = "close-wait",
	[9] = "last-ack",    [10] = "listen",	[11] = "closing", [12] = "new-syn-recv",
};

static const char *state_name(const struct file_row *row)
{
	uint8_t state = row->detail->state;

	if (row->kind != FDS_KIND_TCP)
		return state == 1 ? "established" : "unconnected";
	return state < sizeof(tcp_states) / sizeof(tcp_states[0]) ? tcp_states[state] : NULL;
}

static const char *type_name(uint16_t type)
{
	return type == SOCK_STREAM	? "stream"
	       : type == SOCK_DGRAM	? "dgram"
	       : type == SOCK_RAW	? "raw"
	       : type == SOCK_SEQPACKET ? "seqpacket"
					: NULL;
}

/* A raw socket has a protocol where others have a port. */
static bool has_ports(const struct file_row *row)
{
	return row->rec.sock_type != SOCK_RAW;
}

static void format_address(const struct file_row *row, const uint8_t *address, uint16_t port,
			   char *buf)
{
	bool six = row->rec.sock_family == AF_INET6;
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(six ? AF_INET6 : AF_INET, address, text, sizeof(text));
	if (!has_ports(row))
		snprintf(buf, ADDRESS_SZ, "%s", text);
	else if (six)
		snprintf(buf, ADDRESS_SZ, "[%s]:%u", text, port);
	else
		snprintf(buf, ADDRESS_SZ, "%s:%u", text, port);
}

static bool has_remote(const struct file_row *row)
{
	static const uint8_t none[16];
	const struct fds_detail_rec *d = row->detail;

	return d->remote_port ||
	       memcmp(d->remote, none, row->rec.sock_family == AF_INET6 ? 16 : 4) != 0;
}

static void emit_port(struct json *j, const char *key, const struct file_row *row, uint16_t port)
{
	if (has_ports(row))
		json__emit_uint(j, key, port);
	else
		json__emit_null(j, key);
}

static void emit_addresses(struct json *j, const struct file_row *row)
{
	const struct fds_detail_rec *d = row->detail;
	char address[ADDRESS_SZ];

	format_address(row, d->local, d->local_port, address);
	json__emit_text(j, "local", address);
	emit_port(j, "local_port", row, d->local_port);
	if (!has_remote(row)) {
		json__emit_null(j, "remote");
		json__emit_null(j, "remote_port");
		return;
	}
	format_address(row, d->remote, d->remote_port, address);
	json__emit_text(j, "remote", address);
	emit_port(j, "remote_port", row, d->remote_port);
}

static void emit(struct json *j, const struct kind_view *v)
{
	const struct file_row *row = v->row;

	json__emit_text(j, "family", row->rec.sock_family == AF_INET6 ? "inet6" : "inet");
	json__emit_text(j, "type", type_name(row->rec.sock_type));
	emit_addresses(j, row);
	json__emit_text(j, "state", state_name(row));
	JSON_UINT_OR_NULL(j, "protocol", row->detail->protocol, 0);
	JSON_UINT_OR_NULL(j, "recv_queue", row->detail->recv_queue, FDS_COUNT_UNKNOWN);
	JSON_UINT_OR_NULL(j, "send_queue", row->detail->send_queue, FDS_COUNT_UNKNOWN);
}

static void summarize(struct kind_text *t, const struct kind_view *v)
{
	const struct file_row *row = v->row;
	const struct fds_detail_rec *d = row->detail;
	char address[ADDRESS_SZ];

	format_address(row, d->local, d->local_port, address);
	kind_text__addf(t, "%s", address);
	if (has_remote(row)) {
		format_address(row, d->remote, d->remote_port, address);
		kind_text__addf(t, " -> %s", address);
	}
	kind_text__addf(t, " %s", state_name(row) ?: "?");
	if (d->recv_queue != FDS_COUNT_UNKNOWN && d->send_queue != FDS_COUNT_UNKNOWN)
		kind_text__addf(t, " rx %u tx %u", d->recv_queue, d->send_queue);
}

const struct kind_ops kind__inet = {KIND_RECORD, emit, summarize};
