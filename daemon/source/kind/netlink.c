// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink and packet sockets. */
#include "source/kind/kind.h"

/* linux/netlink.h */
static const char *const protocols[] = {
	[0] = "route",	    [2] = "usersock",
	[3] = "firewall",   [4] = "sock_diag",
	[5] = "nflog",	    [6] = "xfrm",
	[7] = "selinux",    [8] = "iscsi",
	[9] = "audit",	    [10] = "fib_lookup",
	[11] = "connector", [12] = "netfilter",
	[14] = "dnrtmsg",   [15] = "kobject_uevent",
	[16] = "generic",   [18] = "scsitransport",
	[19] = "ecryptfs",  [20] = "rdma",
	[21] = "crypto",    [22] = "smc",
};

static const char *protocol_name(uint16_t protocol)
{
	return protocol < sizeof(protocols) / sizeof(protocols[0]) ? protocols[protocol] : NULL;
}

static void emit_queues(struct json *j, const struct fds_detail_rec *d)
{
	JSON_UINT_OR_NULL(j, "recv_queue", d->recv_queue, FDS_COUNT_UNKNOWN);
	JSON_UINT_OR_NULL(j, "send_queue", d->send_queue, FDS_COUNT_UNKNOWN);
}

static void emit_netlink(struct json *j, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;

	if (protocol_name(d->protocol))
		json__emit_text(j, "protocol", protocol_name(d->protocol));
	else
		json__emit_textf(j, "protocol", "%u", d->protocol);
	json__emit_uint(j, "portid", d->id);
	json__emit_uint(j, "groups", d->groups);
	emit_queues(j, d);
}

static void summarize_netlink(struct kind_text *t, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;

	if (protocol_name(d->protocol))
		kind_text__addf(t, "%s", protocol_name(d->protocol));
	else
		kind_text__addf(t, "protocol %u", d->protocol);
	kind_text__addf(t, " portid %u groups 0x%x", d->id, d->groups);
}

/*
 * The interface has its name in the network namespace of the socket, which may be another than the
 * daemon's: the number is told, the name is not.
 */
static void emit_packet(struct json *j, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;

	json__emit_textf(j, "protocol", "0x%04x", d->protocol);
	JSON_UINT_OR_NULL(j, "interface", d->id, 0);
	emit_queues(j, d);
}

static void summarize_packet(struct kind_text *t, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;

	kind_text__addf(t, "protocol 0x%04x", d->protocol);
	if (d->id)
		kind_text__addf(t, " interface %u", d->id);
}

const struct kind_ops kind__netlink = {KIND_RECORD, emit_netlink, summarize_netlink};
const struct kind_ops kind__packet = {KIND_RECORD, emit_packet, summarize_packet};
