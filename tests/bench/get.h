/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the helpers of the benchmark share: the clock, and a GET on the daemon's socket.  Whatever
 * goes wrong ends the program.
 */
#ifndef FDSCOPE_BENCH_GET_H
#define FDSCOPE_BENCH_GET_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 30
#define HEAD_MAX   4096
#define BODY_MAX   (256u << 20)

struct answer {
	char *data; /* NUL behind the last byte */
	size_t sz, cap;
};

static inline _Noreturn void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		errno ? strerror(errno) : "bad answer");
	exit(1);
}

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static inline int connect_to(const char *path)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(addr.sun_path))
		die("socket");
	strcpy(addr.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die(path);
	return fd;
}

static inline size_t receive(int fd, struct answer *a)
{
	ssize_t n;

	if (a->cap - a->sz < 65536) {
		a->cap = a->cap ? a->cap * 2 : 262144;
		if (a->cap > BODY_MAX || !(a->data = realloc(a->data, a->cap)))
			die("answer too large");
	}
	do
		n = read(fd, a->data + a->sz, a->cap - a->sz - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		die("read");
	a->sz += (size_t)n;
	a->data[a->sz] = '\0';
	return (size_t)n;
}

static inline void request(int fd, const char *path, int minor)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "GET %s HTTP/1.%d\r\nHost: fdscope\r\n\r\n", path,
			 minor);

	if (n >= (int)sizeof(text) || send(fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
}

static inline const char *body_of(const struct answer *a)
{
	const char *end = a->data ? strstr(a->data, "\r\n\r\n") : NULL;

	return end ? end + 4 : NULL;
}

static inline bool is_ok(const struct answer *a)
{
	return a->sz > 12 && !strncmp(a->data, "HTTP/1.", 7) && !strncmp(a->data + 8, " 200", 4);
}

static inline size_t length_of(const struct answer *a)
{
	const char *field = strcasestr(a->data, "\r\ncontent-length:");

	if (!field)
		die("no Content-Length");
	return strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
}

/* A request and its whole answer on a connection that stays open; nanoseconds. */
static inline uint64_t exchange(int fd, const char *path, struct answer *a)
{
	uint64_t start = now_ns();
	const char *body;

	a->sz = 0;
	request(fd, path, 1);
	do {
		errno = 0;
		if (!receive(fd, a))
			die("connection closed");
		body = body_of(a);
		if (!body && a->sz > HEAD_MAX)
			die("head");
	} while (!body || a->sz - (size_t)(body - a->data) < length_of(a));
	if (!is_ok(a))
		die(path);
	return now_ns() - start;
}

#endif
