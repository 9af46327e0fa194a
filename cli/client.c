// SPDX-License-Identifier: GPL-2.0-or-later
/* A client of the daemon; see client.h. */
#include "client.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "http.h"

#define START_HINT "start it with 'systemctl start fdscoped' or 'fdscoped --foreground'"

struct client {
	struct sockaddr_un addr;
	int fd;
	struct http_head head;
	uint64_t left; /* bytes of the body that are still to come, HTTP_LEN_UNKNOWN */
	size_t start;  /* of the bytes in buf that nobody has read yet */
	size_t end;
	enum client_fault fault;
	char message[512];
	char buf[CLIENT_LINE_MAX];
};

int client__new(const char *socket_path, struct client **ret_client)
{
	struct client *c;

	if (strlen(socket_path) > CLIENT_PATH_MAX)
		return -ENAMETOOLONG;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->fd = -1;
	c->addr.sun_family = AF_UNIX;
	strcpy(c->addr.sun_path, socket_path);
	*ret_client = c;
	return 0;
}

void client__close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void client__free(struct client *c)
{
	if (!c)
		return;
	client__close(c);
	free(c);
}

enum client_fault client__fault(const struct client *c)
{
	return c->fault;
}

const char *client__message(const struct client *c)
{
	return c->message;
}

int client__fd(const struct client *c)
{
	return c->fd;
}

__attribute__((format(printf, 4, 5))) static int fail(struct client *c, enum client_fault fault,
						      int err, const char *fmt, ...)
{
	va_list ap;

	c->fault = fault;
	va_start(ap, fmt);
	vsnprintf(c->message, sizeof(c->message), fmt, ap);
	va_end(ap);
	return err;
}

/* connect() says ECONNREFUSED for a file that is no socket too. */
static int fail_connect(struct client *c, int err)
{
	const char *path = c->addr.sun_path;
	struct stat st;

	if (err == -ENOENT || err == -ENOTDIR)
		return fail(c, CLIENT_UNREACHABLE, err,
			    "the daemon is not running (no socket %s); " START_HINT, path);
	if (err == -EACCES || err == -EPERM)
		return fail(c, CLIENT_UNREACHABLE, err, "no permission to connect to %s", path);
	if (err == -EAGAIN)
		return fail(c, CLIENT_UNREACHABLE, -ETIMEDOUT,
			    "the daemon at %s took no connection in %d seconds", path,
			    CLIENT_TIMEOUT_S);
	if (err == -ECONNREFUSED && !stat(path, &st) && !S_ISSOCK(st.st_mode))
		return fail(c, CLIENT_UNREACHABLE, -ENOTSOCK, "%s is not a socket", path);
	if (err == -ECONNREFUSED)
		return fail(c, CLIENT_UNREACHABLE, err,
			    "the daemon is not running (nobody listens at %s); " START_HINT, path);
	return fail(c, CLIENT_UNREACHABLE, err, "cannot connect to %s: %s", path, strerror(-err));
}

/* Bytes that came in, 0 at the end of the connection. */
static ssize_t fill_now(struct client *c, int flags)
{
	ssize_t n = recv(c->fd, c->buf + c->end, sizeof(c->buf) - c->end, flags);

	if (n >= 0) {
		c->end += n;
		return n;
	}
	if (errno == EINTR)
		return -EINTR;
	if ((errno == EAGAIN || errno == EWOULDBLOCK) && (flags & MSG_DONTWAIT))
		return -EAGAIN;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return fail(c, CLIENT_UNREACHABLE, -ETIMEDOUT,
			    "the daemon at %s accepts connections but does not answer",
			    c->addr.sun_path);
	return fail(c, CLIENT_UNREACHABLE, -errno, "lost the daemon at %s: %s", c->addr.sun_path,
		    strerror(errno));
}

static ssize_t fill(struct client *c)
{
	return fill_now(c, 0);
}

static int set_patience(struct client *c, int seconds)
{
	struct timeval tv = {.tv_sec = seconds};

	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)))
		return fail(c, CLIENT_INTERNAL, -errno, "cannot set a timeout: %s",
			    strerror(errno));
	return 0;
}

static int send_request(struct client *c, const char *method, const char *target)
{
	_cleanup_free_ char *request = NULL;
	int len = asprintf(&request, "%s %s HTTP/1.0\r\n\r\n", method, target);

	if (len < 0) {
		request = NULL;
		return fail(c, CLIENT_INTERNAL, -ENOMEM, "out of memory");
	}
	for (int sent = 0; sent < len;) {
		ssize_t n = send(c->fd, request + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		/* It may have refused us before it read: what it says is still to be read. */
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (n < 0)
			return fail(c, CLIENT_UNREACHABLE, -errno,
				    "cannot ask the daemon at %s: %s", c->addr.sun_path,
				    errno == EAGAIN ? "it does not read" : strerror(errno));
		sent += n;
	}
	return 0;
}

static int read_head(struct client *c)
{
	int err = -EAGAIN;

	while (err == -EAGAIN) {
		ssize_t n = fill(c);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (!n && !c->end)
			return fail(c, CLIENT_UNREACHABLE, -ECONNRESET,
				    "the daemon at %s ended the connection without an answer",
				    c->addr.sun_path);
		if (!n)
			return fail(c, CLIENT_BROKEN, -EBADMSG, "the answer was cut off");
		err = http__parse_head(c->buf, c->end, &c->head);
	}
	if (err)
		return fail(c, CLIENT_BROKEN, err, "what listens at %s does not speak HTTP/1",
			    c->addr.sun_path);
	c->start = c->head.head_sz;
	c->left = c->head.body_sz;
	return 0;
}

int client__read(struct client *c, const char **ret_data, size_t *ret_sz)
{
	size_t have;

	if (!c->left)
		return 0;
	while (c->start == c->end) {
		ssize_t n;

		c->start = c->end = 0;
		n = fill(c);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (!n && c->left == HTTP_LEN_UNKNOWN)
			return 0;
		if (!n)
			return fail(c, CLIENT_BROKEN, -EBADMSG,
				    "the answer was cut off, %ju bytes are missing",
				    (uintmax_t)c->left);
	}
	have = c->end - c->start;
	/* What follows the announced length is not ours to read. */
	if (have > c->left)
		have = c->left;
	*ret_data = c->buf + c->start;
	*ret_sz = have;
	c->start += have;
	if (c->left != HTTP_LEN_UNKNOWN)
		c->left -= have;
	return 1;
}

static int read_body(struct client *c, size_t max, char **ret_body, size_t *ret_sz)
{
	_cleanup_free_ char *body = NULL;
	size_t len = 0, cap = 0;
	const char *part;
	size_t part_sz;
	int r;

	if (c->left != HTTP_LEN_UNKNOWN && c->left > max)
		return fail(c, CLIENT_BROKEN, -EFBIG, "the answer is longer than %zu MiB",
			    max >> 20);
	while ((r = client__read(c, &part, &part_sz)) > 0) {
		if (len + part_sz > max)
			return fail(c, CLIENT_BROKEN, -EFBIG, "the answer is longer than %zu MiB",
				    max >> 20);
		if (len + part_sz >= cap) {
			/* An announced length is believed only as the bytes come. */
			size_t want = cap ? cap * 2 : sizeof(c->buf);
			char *bigger = realloc(body, want);

			if (!bigger)
				return fail(c, CLIENT_INTERNAL, -ENOMEM, "out of memory");
			body = bigger;
			cap = want;
		}
		memcpy(body + len, part, part_sz);
		len += part_sz;
	}
	if (r < 0)
		return r;
	if (!body && !(body = malloc(1)))
		return fail(c, CLIENT_INTERNAL, -ENOMEM, "out of memory");
	body[len] = '\0';
	*ret_body = take_ptr(body);
	*ret_sz = len;
	return 0;
}

/* The daemon's own words where it has some. */
static int fail_refused(struct client *c)
{
	int status = c->head.status;
	int err = status == 404 ? -ENOENT : status == 403 ? -EACCES : -EREMOTEIO;
	_cleanup_free_ char *body = NULL;
	const char *message = NULL;
	json_t *root = NULL;
	size_t sz;

	if (!read_body(c, CLIENT_ERROR_MAX, &body, &sz) &&
	    (root = json_loadb(body, sz, JSON_REJECT_DUPLICATES, NULL)))
		message = json_string_value(
			json_object_get(json_object_get(root, "error"), "message"));
	if (message && *message)
		fail(c, CLIENT_REFUSED, err, "%s", message);
	else
		fail(c, CLIENT_REFUSED, err, "the daemon answered with HTTP status %d", status);
	json_decref(root);
	return err;
}

static int open_with(struct client *c, const char *method, const char *target)
{
	int err;

	client__close(c);
	c->fault = CLIENT_FINE;
	c->message[0] = '\0';
	c->start = c->end = 0;

	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return fail(c, CLIENT_INTERNAL, -errno, "cannot make a socket: %s",
			    strerror(errno));
	err = set_patience(c, CLIENT_TIMEOUT_S);
	if (err)
		return err;
	while (connect(c->fd, (struct sockaddr *)&c->addr, sizeof(c->addr)))
		if (errno != EINTR)
			return fail_connect(c, -errno);
	err = send_request(c, method, target);
	if (err)
		return err;
	err = read_head(c);
	if (err)
		return err;
	return c->head.status == 200 ? 0 : fail_refused(c);
}

int client__open(struct client *c, const char *target)
{
	return open_with(c, "GET", target);
}

int client__open_post(struct client *c, const char *target)
{
	return open_with(c, "POST", target);
}

int client__open_stream(struct client *c, const char *target)
{
	int err = client__open(c, target);

	return err ? err : set_patience(c, CLIENT_SILENCE_S);
}

static int read_line(struct client *c, int flags, const char **ret_line, size_t *ret_len)
{
	size_t seen = 0; /* bytes from start that hold no newline */

	for (;;) {
		char *line = c->buf + c->start;
		size_t have = c->end - c->start;
		char *eol = memchr(line + seen, '\n', have - seen);
		ssize_t n;

		if (eol) {
			*eol = '\0';
			*ret_line = line;
			*ret_len = eol - line;
			c->start += *ret_len + 1;
			return 1;
		}
		seen = have;
		memmove(c->buf, line, have);
		c->start = 0;
		c->end = have;
		if (have == sizeof(c->buf))
			return fail(c, CLIENT_BROKEN, -EBADMSG,
				    "a line of the stream is longer than %u bytes",
				    CLIENT_LINE_MAX);
		n = fill_now(c, flags);
		if (n <= 0)
			return n;
	}
}

int client__line(struct client *c, const char **ret_line, size_t *ret_len)
{
	return read_line(c, 0, ret_line, ret_len);
}

int client__try_line(struct client *c, const char **ret_line, size_t *ret_len)
{
	return read_line(c, MSG_DONTWAIT, ret_line, ret_len);
}

int client__get(struct client *c, const char *target, char **ret_body, size_t *ret_sz)
{
	int err = client__open(c, target);

	if (!err)
		err = read_body(c, CLIENT_BODY_MAX, ret_body, ret_sz);
	client__close(c);
	return err;
}
