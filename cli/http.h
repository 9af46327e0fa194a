/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of an HTTP answer: bytes in, status and length out. */
#ifndef FDSCOPE_CLI_HTTP_H
#define FDSCOPE_CLI_HTTP_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX	 16384 /* bytes; a longer head is garbage */
#define HTTP_LEN_UNKNOWN UINT64_MAX

struct http_head {
	int status;
	uint64_t body_sz; /* HTTP_LEN_UNKNOWN: until the connection ends */
	size_t head_sz;	  /* where the body begins */
};

/*
 * 0: *ret_head is set; -EAGAIN: the head is not complete yet; -EBADMSG: this is no HTTP answer, or
 * one that an HTTP/1.0 request does not ask for (chunks).
 */
int http__parse_head(const char *buf, size_t len, struct http_head *ret_head);

#endif
