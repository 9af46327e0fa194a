// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways to answer a question; see request.h. */
#include "api/request.h"

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_BODY ((size_t)64 << 10) /* bytes; smaller answers are never held back */
#define BODIES_MAX ((size_t)16 << 20) /* bytes of large answers not yet read, all clients */

struct body {
	struct api *api;
	size_t sz; /* what it counts for in api->bodies_sz */
	char *data;
};

static void free_body(void *cls)
{
	struct body *b = cls;

	b->api->bodies_sz -= b->sz;
	free(b->data);
	free(b);
}

int request__queue(struct request *req, unsigned status, const char *content_type,
		   struct MHD_Response *response)
{
	enum MHD_Result ok;

	if (!response)
		return -ENOMEM;
	ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	if (ok == MHD_YES)
		ok = MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (ok == MHD_YES && status == MHD_HTTP_METHOD_NOT_ALLOWED)
		ok = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
					     req->allow ?: "GET, HEAD");
	if (ok == MHD_YES)
		ok = MHD_queue_response(req->conn, status, response);
	MHD_destroy_response(response); /* drops our reference only */
	return ok == MHD_YES ? 0 : -ENOMEM;
}

/* Large answers that nobody reads must not add up: one may always be, more up to a limit. */
static bool has_room(const struct request *req, size_t sz)
{
	size_t max = req->query.viewer.all ? BODIES_MAX : BODIES_MAX / 2;

	return sz < LARGE_BODY || !req->api->bodies_sz || req->api->bodies_sz + sz <= max;
}

static int reply(struct request *req, unsigned status, const char *content_type, struct json *j)
{
	struct MHD_Response *response;
	struct body *b;
	char *data;

	b = calloc(1, sizeof(*b));
	if (!b) {
		json__done(j);
		return -ENOMEM;
	}
	data = realloc(j->data, j->len + 1); /* give back what the growing buffer has too much */
	*b = (struct body){
		.api = req->api,
		.sz = j->len >= LARGE_BODY ? j->len : 0,
		.data = data ? data : j->data,
	};
	req->api->bodies_sz += b->sz;
	response = MHD_create_response_from_buffer_with_free_callback_cls(j->len, b->data,
									  free_body, b);
	*j = (struct json){};
	if (!response) {
		free_body(b);
		return -ENOMEM;
	}
	return request__queue(req, status, content_type, response);
}

static const char *error_code(unsigned status)
{
	switch (status) {
	case MHD_HTTP_BAD_REQUEST:
		return "bad_request";
	case MHD_HTTP_FORBIDDEN:
		return "forbidden";
	case MHD_HTTP_NOT_FOUND:
		return "not_found";
	case MHD_HTTP_METHOD_NOT_ALLOWED:
		return "method_not_allowed";
	case MHD_HTTP_TOO_MANY_REQUESTS:
		return "too_many";
	case MHD_HTTP_SERVICE_UNAVAILABLE:
		return "unavailable";
	default:
		return "internal";
	}
}

int request__fail(struct request *req, unsigned status, const char *fmt, ...)
{
	struct json j = {};
	char text[1024];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(text))
		len = sizeof(text) - 1;

	json__begin_object(&j, NULL);
	json__begin_object(&j, "error");
	json__emit_text(&j, "code", error_code(status));
	json__emit_text_n(&j, "message", text, len < 0 ? 0 : len);
	json__end_object(&j);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	if (j.error) {
		json__done(&j);
		return j.error;
	}
	return reply(req, status, REQUEST_JSON, &j);
}

int request__reply(struct request *req, const char *content_type, struct json *j)
{
	int r = j->error;

	if (r < 0) {
		json__done(j);
		log_debug("cannot build an answer: %s", strerror(-r)); /* the client is told */
		return request__fail(req, MHD_HTTP_INTERNAL_SERVER_ERROR,
				     "the answer could not be built: %s", strerror(-r));
	}
	if (!has_room(req, j->len)) {
		json__done(j);
		req->api->refused++;
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "too many large answers wait to be read; try again, or ask "
				     "for fewer rows with limit=");
	}
	return reply(req, MHD_HTTP_OK, content_type, j);
}

bool request__refresh(struct request *req, int *ret_answer)
{
	const struct backend *b = req->api->backend;
	int r = b->refresh(b->ctx, req->max_age_ns);

	if (r >= 0)
		return true;
	*ret_answer = request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				    "the state of the host cannot be read: %s", strerror(-r));
	return false;
}

const char *request__tier(const struct request *req)
{
	const struct backend *b = req->api->backend;
	struct backend_status st = {};

	if (b->tier)
		return b->tier(b->ctx);
	b->status(b->ctx, &st);
	return st.tier ? st.tier : "unknown";
}
