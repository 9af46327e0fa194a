// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ask: a GET on the daemon's socket. Prints values out of the answer by their path ("groups.0.key",
 * null as "-"), or the latencies of many requests on one connection.
 */
#include <errno.h>
#include <jansson.h>
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

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "ask: %s: %s\n", what, errno ? strerror(errno) : "bad answer");
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int connect_to(const char *path)
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

static size_t receive(int fd, struct answer *a)
{
	ssize_t n;

	if (a->cap - a->sz < 65536) {
		a->cap = a->cap ? a->cap * 2 : 262144;
		if (a->cap > BODY_MAX || !(a->data = realloc(a->data, a->cap)))
			die("answer too large");
	}
	n = read(fd, a->data + a->sz, a->cap - a->sz - 1);
	if (n < 0)
		die("read");
	a->sz += (size_t)n;
	a->data[a->sz] = '\0';
	return (size_t)n;
}

static void request(int fd, const char *path, int minor)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "GET %s HTTP/1.%d\r\nHost: fdscope\r\n\r\n", path,
			 minor);

	if (n >= (int)sizeof(text) || send(fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
}

static const char *body_of(const struct answer *a)
{
	const char *end = a->data ? strstr(a->data, "\r\n\r\n") : NULL;

	return end ? end + 4 : NULL;
}

static bool is_ok(const struct answer *a)
{
	return a->sz > 12 && !strncmp(a->data, "HTTP/1.", 7) && !strncmp(a->data + 8, " 200", 4);
}

static const json_t *walk(const json_t *at, const char *path)
{
	char *copy = strdup(path), *rest = copy, *name;

	while (at && (name = strsep(&rest, ".")))
		at = json_is_array(at) ? json_array_get(at, strtoul(name, NULL, 10))
				       : json_object_get(at, name);
	free(copy);
	return at;
}

static void print_value(const json_t *v)
{
	if (json_is_integer(v))
		printf("%lld", (long long)json_integer_value(v));
	else if (json_is_number(v))
		printf("%g", json_number_value(v));
	else if (json_is_string(v))
		printf("%s", json_string_value(v));
	else if (json_is_boolean(v))
		printf("%s", json_is_true(v) ? "true" : "false");
	else
		printf("-");
}

static int ask_values(const char *socket_path, const char *path, char **keys, int key_cnt)
{
	struct answer a = {};
	const char *body;
	json_t *root;
	int i, fd = connect_to(socket_path);

	request(fd, path, 0);
	while (receive(fd, &a))
		;
	errno = 0;
	body = body_of(&a);
	if (!body || !is_ok(&a))
		die(path);
	root = json_loads(body, 0, NULL);
	if (!root)
		die("JSON");
	for (i = 0; i < key_cnt; i++) {
		print_value(walk(root, keys[i]));
		putchar(i + 1 < key_cnt ? '\t' : '\n');
	}
	json_decref(root);
	free(a.data);
	close(fd);
	return 0;
}

static size_t length_of(const struct answer *a)
{
	const char *field = strcasestr(a->data, "\r\ncontent-length:");

	if (!field)
		die("no Content-Length");
	return strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* One connection, a request when the answer before is whole: "P50 P99 MAX" in nanoseconds. */
static int ask_latency(size_t cnt, const char *socket_path, const char *path)
{
	uint64_t *costs = calloc(cnt, sizeof(*costs));
	int fd = connect_to(socket_path);
	struct answer a = {};
	size_t i;

	if (!costs)
		die("calloc");
	for (i = 0; i < cnt; i++) {
		uint64_t start = now_ns();
		const char *body;

		a.sz = 0;
		request(fd, path, 1);
		do {
			errno = 0;
			if (!receive(fd, &a))
				die("connection closed");
			body = body_of(&a);
			if (!body && a.sz > HEAD_MAX)
				die("head");
		} while (!body || a.sz - (size_t)(body - a.data) < length_of(&a));
		costs[i] = now_ns() - start;
		if (!is_ok(&a))
			die(path);
	}
	qsort(costs, cnt, sizeof(*costs), compare);
	printf("%llu %llu %llu\n", (unsigned long long)costs[cnt / 2],
	       (unsigned long long)costs[cnt * 99 / 100], (unsigned long long)costs[cnt - 1]);
	free(costs);
	free(a.data);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "--latency") && strtoul(argv[2], NULL, 10))
		return ask_latency(strtoul(argv[2], NULL, 10), argv[3], argv[4]);
	if (argc > 3 && argv[1][0] != '-')
		return ask_values(argv[1], argv[2], argv + 3, argc - 3);
	fprintf(stderr, "usage: ask SOCKET PATH KEY...\n"
			"       ask --latency N SOCKET PATH\n");
	return 2;
}
