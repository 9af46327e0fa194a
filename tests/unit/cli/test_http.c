// links: cli/http.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The head of an HTTP answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http.h"

/* From memory of exactly that size, so that a sanitizer sees a read beyond it. */
static int parse(const char *s, size_t len, struct http_head *ret_head)
{
	char *copy = malloc(len ? len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, s, len);
	r = http__parse_head(copy, len, ret_head);
	free(copy);
	return r;
}

static void good_heads(void **state)
{
	const char plain[] =
		"HTTP/1.1 200 OK\r\nConnection: close\r\nCONTENT-length:  12 \r\n\r\nx";
	const char until_end[] = "HTTP/1.0 404\r\n\r\n";
	const char twice[] = "HTTP/1.0 200 \r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n";
	struct http_head h;

	(void)state;
	assert_int_equal(parse(plain, strlen(plain), &h), 0);
	assert_int_equal(h.status, 200);
	assert_int_equal(h.body_sz, 12);
	assert_int_equal(h.head_sz, strlen(plain) - 1);
	assert_int_equal(parse(until_end, strlen(until_end), &h), 0);
	assert_int_equal(h.status, 404);
	assert_true(h.body_sz == HTTP_LEN_UNKNOWN);
	assert_int_equal(parse(twice, strlen(twice), &h), 0);
	assert_int_equal(h.body_sz, 0);
}

static void every_cut_is_incomplete(void **state)
{
	const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
	struct http_head h = {.status = 7};

	(void)state;
	for (size_t len = 0; len < strlen(head); len++)
		assert_int_equal(parse(head, len, &h), -EAGAIN);
	assert_int_equal(h.status, 7);
}

static void bad_heads(void **state)
{
	static const char *const bad[] = {
		"HTTP/2 200 OK\r\n\r\n",
		"SSH-2.0",
		"x",
		"HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1200 OK\r\n\r\n",
		"HTTP/1.1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1 2\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	};
	struct http_head h = {.status = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], strlen(bad[i]), &h), -EBADMSG);
	assert_int_equal(parse("HTTP/1.1 200 O\0K\r\n\r\n", 20, &h), -EBADMSG);
	assert_int_equal(h.status, 7);
}

static void head_without_end(void **state)
{
	char *head = malloc(HTTP_HEAD_MAX);
	struct http_head h;

	(void)state;
	assert_non_null(head);
	memset(head, 'a', HTTP_HEAD_MAX);
	memcpy(head, "HTTP/1.1 200 ", 13);
	assert_int_equal(http__parse_head(head, HTTP_HEAD_MAX - 1, &h), -EAGAIN);
	assert_int_equal(http__parse_head(head, HTTP_HEAD_MAX, &h), -EBADMSG);
	free(head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_heads),
		cmocka_unit_test(every_cut_is_incomplete),
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(head_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
