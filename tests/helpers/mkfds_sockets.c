// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets; see mkfds.h. */
#include "mkfds.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- Unix ---- */

static void make_unix_pair(int fd)
{
	int ends[2];

	mkfds__need(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	mkfds__put(ends[1], fd + 1);
	mkfds__put(ends[0], fd);
	mkfds__need(write(fd, "abc", 3) == 3, "write");
	for (int i = 0; i < 2; i++)
		mkfds__expect(fd + i, "unix",
			      json_pack("{s:s,s:s,s:n,s:I,s:i,s:o}", "type", "stream", "state",
					"connected", "path", "peer_inode",
					(json_int_t)mkfds__inode(fd + 1 - i), "recv_queue", i,
					"peers", mkfds__peer(fd + 1 - i, "rw")));
}

/* A listener, who connected to it, and one who waits to be accepted. */
static void make_unix_named(int fd, const char *name, size_t name_sz, const char *shown)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	socklen_t sz = offsetof(struct sockaddr_un, sun_path) + name_sz;
	int s[4];

	memcpy(addr.sun_path, name, name_sz);
	for (int i = 0; i < 3; i++)
		s[i] = socket(AF_UNIX, SOCK_STREAM, 0);
	mkfds__need(!bind(s[0], (struct sockaddr *)&addr, sz) && !listen(s[0], 5), "listen");
	mkfds__need(!connect(s[1], (struct sockaddr *)&addr, sz), "connect");
	s[3] = accept(s[0], NULL, NULL);
	mkfds__need(!connect(s[2], (struct sockaddr *)&addr, sz), "connect");
	for (int i = 3; i >= 0; i--)
		mkfds__put(s[i], fd + i);
	mkfds__expect(fd, "unix",
		      json_pack("{s:s,s:s,s:n,s:i,s:[]}", "path", shown, "state", "listen",
				"peer_inode", "recv_queue", 1, "peers"));
	mkfds__expect(fd + 1, "unix",
		      json_pack("{s:n,s:s,s:s,s:o}", "path", "peer_path", shown, "state",
				"connected", "peers", mkfds__peer(fd + 3, "rw")));
	/* Its peer has no descriptor yet. */
	mkfds__expect(fd + 2, "unix", json_pack("{s:s,s:[]}", "state", "connected", "peers"));
	mkfds__expect(fd + 3, "unix",
		      json_pack("{s:s,s:s,s:o}", "path", shown, "state", "connected", "peers",
				mkfds__peer(fd + 1, "rw")));
}

static void make_unix_path(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/mkfds-%d with \"quotes\"", getpid());
	make_unix_named(fd, path, strlen(path) + 1, path);
	unlink(path);
}

static void make_unix_abstract(int fd)
{
	char name[64], shown[64];

	snprintf(name, sizeof(name), "_mkfds-%d", getpid());
	snprintf(shown, sizeof(shown), "@mkfds-%d", getpid());
	name[0] = '\0';
	make_unix_named(fd, name, 1 + strlen(name + 1), shown);
}

static void make_unix_dgram(int fd)
{
	mkfds__put(socket(AF_UNIX, SOCK_DGRAM, 0), fd);
	mkfds__expect(fd, "unix",
		      json_pack("{s:s,s:s,s:n,s:n,s:[]}", "type", "dgram", "state", "unconnected",
				"path", "peer_inode", "peers"));
}

/* ---- inet ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static void set_loopback(int family, union address *a, socklen_t *sz)
{
	memset(a, 0, sizeof(*a));
	a->any.sa_family = family;
	if (family == AF_INET)
		a->four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a->six.sin6_addr = in6addr_loopback;
	*sz = family == AF_INET ? sizeof(a->four) : sizeof(a->six);
}

static int port_of(int fd)
{
	union address a;
	socklen_t sz = sizeof(a);

	mkfds__need(!getsockname(fd, &a.any, &sz), "getsockname");
	return ntohs(a.any.sa_family == AF_INET ? a.four.sin_port : a.six.sin6_port);
}

static json_t *endpoint(int family, int port)
{
	return json_sprintf(family == AF_INET ? "127.0.0.1:%d" : "[::1]:%d", port);
}

static const char *family_name(int family)
{
	return family == AF_INET ? "inet" : "inet6";
}

static json_t *connected(int fd, int peer, const char *type, int family, int rx)
{
	return json_pack("{s:s,s:s,s:o,s:i,s:o,s:i,s:s,s:i,s:i}", "family", family_name(family),
			 "type", type, "local", endpoint(family, port_of(fd)), "local_port",
			 port_of(fd), "remote", endpoint(family, port_of(peer)), "remote_port",
			 port_of(peer), "state", "established", "recv_queue", rx, "send_queue", 0);
}

/* A listener with one who waits, and a connection with seven bytes in it. */
static void make_tcp(int fd, int family)
{
	union address a;
	socklen_t sz;
	int s[4];

	set_loopback(family, &a, &sz);
	for (int i = 0; i < 3; i++)
		s[i] = socket(family, SOCK_STREAM, 0);
	mkfds__need(s[2] >= 0 && !bind(s[0], &a.any, sz) && !listen(s[0], 5) &&
			    !getsockname(s[0], &a.any, &sz) && !connect(s[1], &a.any, sz),
		    "tcp");
	s[3] = accept(s[0], NULL, NULL);
	mkfds__need(!connect(s[2], &a.any, sz), "connect");
	for (int i = 3; i >= 0; i--)
		mkfds__put(s[i], fd + i);
	mkfds__need(write(fd + 1, "1234567", 7) == 7, "write");
	usleep(100000); /* it is acknowledged */
	mkfds__expect(fd, "tcp",
		      json_pack("{s:s,s:o,s:n,s:n,s:s,s:i}", "family", family_name(family), "local",
				endpoint(family, port_of(fd)), "remote", "remote_port", "state",
				"listen", "recv_queue", 1));
	mkfds__expect(fd + 1, "tcp", connected(fd + 1, fd + 3, "stream", family, 0));
	mkfds__expect(fd + 3, "tcp", connected(fd + 3, fd + 1, "stream", family, 7));
}

static void make_tcp4(int fd)
{
	make_tcp(fd, AF_INET);
}

static void make_tcp6(int fd)
{
	make_tcp(fd, AF_INET6);
}

static void make_udp(int fd, int family)
{
	union address a;
	socklen_t sz;
	int s[3];

	set_loopback(family, &a, &sz);
	for (int i = 0; i < 3; i++)
		s[i] = socket(family, SOCK_DGRAM, 0);
	mkfds__need(s[2] >= 0 && !bind(s[0], &a.any, sz) && !bind(s[1], &a.any, sz), "udp");
	mkfds__need(!getsockname(s[1], &a.any, &sz) && !connect(s[0], &a.any, sz), "connect");
	mkfds__need(!getsockname(s[0], &a.any, &sz) && !connect(s[1], &a.any, sz), "connect");
	set_loopback(family, &a, &sz);
	mkfds__need(!bind(s[2], &a.any, sz), "bind");
	for (int i = 2; i >= 0; i--)
		mkfds__put(s[i], fd + i);
	mkfds__expect(fd, "udp", connected(fd, fd + 1, "dgram", family, 0));
	mkfds__expect(fd + 2, "udp",
		      json_pack("{s:o,s:n,s:s}", "local", endpoint(family, port_of(fd + 2)),
				"remote", "state", "unconnected"));
}

static void make_udp4(int fd)
{
	make_udp(fd, AF_INET);
}

static void make_udp6(int fd)
{
	make_udp(fd, AF_INET6);
}

static void make_raw(int fd)
{
	int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

	mkfds__need(s >= 0, "raw socket");
	mkfds__put(s, fd);
	mkfds__expect(fd, "inet",
		      json_pack("{s:s,s:s,s:n,s:i}", "type", "raw", "local", "0.0.0.0",
				"local_port", "protocol", IPPROTO_ICMP));
}

/* ---- others ---- */

static void make_netlink(int fd)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	socklen_t sz = sizeof(addr);
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	mkfds__need(s >= 0 && !bind(s, (struct sockaddr *)&addr, sz) &&
			    !getsockname(s, (struct sockaddr *)&addr, &sz),
		    "netlink");
	mkfds__put(s, fd);
	mkfds__expect(fd, "netlink",
		      json_pack("{s:s,s:I,s:i}", "protocol", "route", "portid",
				(json_int_t)addr.nl_pid, "groups", RTMGRP_LINK));
}

static void make_packet(int fd)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_IP),
				   .sll_ifindex = if_nametoindex("lo")};
	int s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));

	mkfds__need(s >= 0 && !bind(s, (struct sockaddr *)&addr, sizeof(addr)), "packet");
	mkfds__put(s, fd);
	mkfds__expect(fd, "packet",
		      json_pack("{s:s,s:i}", "protocol", "0x0800", "interface",
				(int)if_nametoindex("lo")));
}

const struct maker mkfds__sockets[] = {
	{"unix-pair", make_unix_pair},
	{"unix-path", make_unix_path},
	{"unix-abstract", make_unix_abstract},
	{"unix-dgram", make_unix_dgram},
	{"tcp", make_tcp4},
	{"tcp6", make_tcp6},
	{"udp", make_udp4},
	{"udp6", make_udp6},
	{"raw", make_raw},
	{"netlink", make_netlink},
	{"packet", make_packet},
	{},
};
