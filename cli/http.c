// SPDX-License-Identifier: GPL-2.0-or-later
/* The head of an HTTP answer; see http.h. */
#include "http.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.N NNN ..." */
static int parse_status(const char *line, size_t len)
{
	if (len < 12 || memcmp(line, "HTTP/1.", 7) || !is_digit(line[7]) || line[8] != ' ' ||
	    !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) ||
	    (len > 12 && line[12] != ' '))
		return -EBADMSG;
	return (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
}

static int parse_length(const char *s, size_t len, uint64_t *ret_sz)
{
	uint64_t v = 0;

	if (!len)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++)
		if (!is_digit(s[i]) || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return -EBADMSG;
	if (v == HTTP_LEN_UNKNOWN)
		return -EBADMSG;
	*ret_sz = v;
	return 0;
}

static int parse_field(const char *line, size_t len, struct http_head *head)
{
	const char *colon = memchr(line, ':', len);
	size_t name_len = colon ? (size_t)(colon - line) : 0;
	const char *value;
	uint64_t sz;

	if (!name_len)
		return -EBADMSG;
	if (name_len == strlen("transfer-encoding") &&
	    !strncasecmp(line, "transfer-encoding", name_len))
		return -EBADMSG;
	if (name_len != strlen("content-length") || strncasecmp(line, "content-length", name_len))
		return 0;

	value = colon + 1;
	len -= name_len + 1;
	while (len && (*value == ' ' || *value == '\t'))
		value++, len--;
	while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	if (parse_length(value, len, &sz) ||
	    (head->body_sz != HTTP_LEN_UNKNOWN && head->body_sz != sz))
		return -EBADMSG;
	head->body_sz = sz;
	return 0;
}

int http__parse_head(const char *buf, size_t len, struct http_head *ret_head)
{
	struct http_head head = {.body_sz = HTTP_LEN_UNKNOWN};
	size_t scan = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	const char *end = memmem(buf, scan, "\r\n\r\n", 4);
	const char *line = buf;

	/* Garbage is told by its first bytes: no wait for a head that will never end. */
	if (memcmp(buf, "HTTP/1.", len < 7 ? len : 7))
		return -EBADMSG;
	if (!end)
		return len < HTTP_HEAD_MAX ? -EAGAIN : -EBADMSG;
	if (memchr(buf, '\0', end - buf))
		return -EBADMSG;
	head.head_sz = end + 4 - buf;

	for (bool first = true; line < end + 2; first = false) {
		const char *eol = memmem(line, end + 2 - line, "\r\n", 2);
		int err;

		if (first)
			err = head.status = parse_status(line, eol - line);
		else
			err = parse_field(line, eol - line, &head);
		if (err < 0)
			return err;
		line = eol + 2;
	}
	*ret_head = head;
	return 0;
}
