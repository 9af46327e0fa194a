/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sockets and pipes tell of themselves: addresses, state, queues, peer.  All of it by probe
 * reads, which find zeros where a thing is being taken down, or is of a kind that has it not.
 */
#ifndef FDSCOPE_SOCKET_H
#define FDSCOPE_SOCKET_H

#include "fdscope/record.h"
#include "lib/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Buffers of a pipe that are summed up; the usual pipe has 16. */
#define PIPE_BUFFERS_MAX 64

static __always_inline u32 swab16(u16 value)
{
	return __builtin_bswap16(value);
}

static __always_inline u32 count_wmem(struct sock *sk)
{
	s32 refs = BPF_CORE_READ(sk, sk_wmem_alloc.refs.counter);

	return refs > 0 ? refs - 1 : 0; /* one stands for the socket itself */
}

/* As tcp4_seq_show() does. */
static __always_inline void fill_tcp_queues(struct sock *sk, struct fds_detail_rec *d)
{
	struct tcp_sock *tcp = (void *)sk;
	s32 rx = BPF_CORE_READ(tcp, rcv_nxt) - BPF_CORE_READ(tcp, copied_seq);

	if (d->state == TCP_LISTEN) {
		d->recv_queue = BPF_CORE_READ(sk, sk_ack_backlog);
		d->send_queue = 0;
		return;
	}
	d->recv_queue = rx > 0 ? rx : 0;
	d->send_queue = BPF_CORE_READ(tcp, write_seq) - BPF_CORE_READ(tcp, snd_una);
}

/* As udp4_seq_show() and raw_seq_show() do. */
static __always_inline void fill_datagram_queues(struct sock *sk, struct fds_detail_rec *d)
{
	s32 rx = BPF_CORE_READ(sk, sk_backlog.rmem_alloc.counter);

	if (d->protocol == IPPROTO_UDP)
		rx -= BPF_CORE_READ((struct udp_sock *)sk, forward_deficit);
	d->recv_queue = rx > 0 ? rx : 0;
	d->send_queue = count_wmem(sk);
}

static __always_inline void fill_inet(struct sock *sk, u16 family, u16 type,
				      struct fds_detail_rec *d)
{
	if (family == AF_INET) {
		bpf_core_read(d->local, sizeof(u32), &sk->__sk_common.skc_rcv_saddr);
		bpf_core_read(d->remote, sizeof(u32), &sk->__sk_common.skc_daddr);
	} else if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		bpf_core_read(d->local, sizeof(d->local), &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(d->remote, sizeof(d->remote), &sk->__sk_common.skc_v6_daddr);
	}
	d->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	d->remote_port = swab16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (d->protocol == IPPROTO_TCP)
		fill_tcp_queues(sk, d);
	else if (type != SOCK_STREAM)
		fill_datagram_queues(sk, d);
}

static __always_inline void fill_unix_name(struct unix_sock *sk, struct fds_detail_rec *d)
{
	struct unix_address *addr = BPF_CORE_READ(sk, addr);
	s32 sz = addr ? BPF_CORE_READ(addr, len) - (s32)sizeof(u16) : 0;

	if (sz <= 0)
		return;
	if (sz > FDS_UNIX_PATH_SZ)
		sz = FDS_UNIX_PATH_SZ;
	d->path_sz = sz;
	bpf_core_read(d->path, sizeof(d->path), &addr->name[0].sun_path);
}

static __always_inline void fill_unix(struct sock *sk, struct fds_detail_rec *d)
{
	struct unix_sock *self = (void *)sk, *peer;
	struct inode *inode;

	if (!bpf_core_type_exists(struct unix_sock))
		return;
	peer = (void *)BPF_CORE_READ(self, peer);
	fill_unix_name(self, d);
	if (!d->path_sz && peer) {
		d->flags |= FDS_DETAIL_PEERS_PATH;
		fill_unix_name(peer, d);
	}
	inode = peer ? BPF_CORE_READ((struct sock *)peer, sk_socket, file, f_inode) : NULL;
	d->peer_at = (u64)inode;
	d->peer_inode = inode ? BPF_CORE_READ(inode, i_ino) : 0;
	if (d->state != TCP_LISTEN)
		d->state = peer ? TCP_ESTABLISHED : TCP_CLOSE;
	d->recv_queue = BPF_CORE_READ(sk, sk_receive_queue.qlen);
	d->send_queue = count_wmem(sk);
}

static __always_inline void fill_netlink(struct sock *sk, struct fds_detail_rec *d)
{
	struct netlink_sock *netlink = (void *)sk;
	unsigned long groups = 0;

	if (!bpf_core_type_exists(struct netlink_sock))
		return;
	d->id = BPF_CORE_READ(netlink, portid);
	if (BPF_CORE_READ(netlink, ngroups))
		bpf_probe_read_kernel(&groups, sizeof(groups), BPF_CORE_READ(netlink, groups));
	d->groups = groups;
	d->recv_queue = BPF_CORE_READ(sk, sk_backlog.rmem_alloc.counter);
	d->send_queue = count_wmem(sk);
}

static __always_inline void fill_packet(struct sock *sk, struct fds_detail_rec *d)
{
	struct packet_sock *packet = (void *)sk;

	if (bpf_core_type_exists(struct packet_sock)) {
		d->id = BPF_CORE_READ(packet, ifindex);
		d->protocol = swab16(BPF_CORE_READ(packet, num));
	}
	d->recv_queue = BPF_CORE_READ(sk, sk_backlog.rmem_alloc.counter);
}

static __always_inline void socket__detail(struct socket *socket, struct fds_detail_rec *d)
{
	struct sock *sk = BPF_CORE_READ(socket, sk);
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	d->recv_queue = d->send_queue = FDS_COUNT_UNKNOWN;
	if (!sk)
		return;
	d->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	d->protocol = BPF_CORE_READ(sk, sk_protocol);
	if (family == AF_INET || family == AF_INET6)
		fill_inet(sk, family, BPF_CORE_READ(socket, type), d);
	else if (family == AF_UNIX)
		fill_unix(sk, d);
	else if (family == AF_NETLINK)
		fill_netlink(sk, d);
	else if (family == AF_PACKET)
		fill_packet(sk, d);
}

static __always_inline void pipe__detail(struct pipe_inode_info *pipe, struct fds_detail_rec *d)
{
	u32 tail = BPF_CORE_READ(pipe, tail), used = BPF_CORE_READ(pipe, head) - tail;
	u32 mask = BPF_CORE_READ(pipe, ring_size) - 1, sz = 0;
	void *bufs = BPF_CORE_READ(pipe, bufs);

	d->recv_queue = FDS_COUNT_UNKNOWN;
	d->send_queue = BPF_CORE_READ(pipe, max_usage);
	if (used > PIPE_BUFFERS_MAX)
		return;
	for (u32 i = 0; i < PIPE_BUFFERS_MAX; i++) {
		struct pipe_buffer *buf;

		if (i >= used)
			break;
		buf = bufs + (u64)((tail + i) & mask) * bpf_core_type_size(struct pipe_buffer);
		sz += BPF_CORE_READ(buf, len);
	}
	d->recv_queue = sz;
}

#endif
