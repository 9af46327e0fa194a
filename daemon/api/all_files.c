// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/files: every descriptor of the host, as fast as its reader takes them.  What waits to be sent
 * is one chunk, and each turn of the loop makes one.
 */
#include "api/client.h"
#include "api/descriptors.h"
#include "api/file_row.h"
#include "api/resources.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SZ     (128 * 1024) /* bytes that MHD takes at once */
#define TURN_NS	     (4 * NSEC_PER_MSEC)
#define LISTINGS_MAX 8 /* at once, */
#define USER_MAX     2 /* and of them those of users without privilege */

struct listing {
	struct request req; /* whom it is for */
	struct host_files *files;
	struct file_list none; /* no list knows who else holds an ofd */
	struct json j;
	size_t sent; /* bytes of it */
	bool ended;
	/* The process of the last descriptor, and whether it is for the viewer. */
	uint32_t tgid;
	uint64_t start_ns;
	bool shown;
};

/*
 * Whoever may not see all gets what /proc would show him too: a program that dropped privileges,
 * or set itself not dumpable, belongs to root there.
 */
static bool may_see(struct listing *l, const struct fds_file_rec *rec)
{
	const struct viewer *v = &l->req.query.viewer;
	uid_t owner;

	if (!viewer__check(v, rec->uid, rec->euid))
		return false;
	if (v->all)
		return true;
	if (l->tgid != rec->tgid || l->start_ns != rec->start_ns) {
		l->tgid = rec->tgid;
		l->start_ns = rec->start_ns;
		l->shown = !host_files__find_owner(rec->tgid, rec->start_ns, &owner) &&
			   owner == v->uid;
	}
	return l->shown;
}

static void emit(struct listing *l, const struct host_file *f)
{
	const struct fds_file_rec *rec = &f->row.rec;

	file_row__emit(&l->j, &l->req, &l->none, &f->row);
	json__reopen_object(&l->j);
	json__emit_uint(&l->j, "pid", rec->tgid);
	json__emit_uint(&l->j, "tid", rec->tid);
	json__emit_text_n(&l->j, "comm", rec->comm, strnlen(rec->comm, sizeof(rec->comm)));
	json__end_object(&l->j);
}

static void end(struct listing *l)
{
	json__end_array(&l->j);
	json__end_object(&l->j);
	json__emit_raw(&l->j, "\n", 1);
	l->ended = true;
}

/* The next chunk, or what of it there is when its time is over. */
static int fill(struct listing *l)
{
	uint64_t until = clock__now_ns() + TURN_NS;
	struct host_file f;
	int r = -EAGAIN;

	l->j.len = l->sent = 0;
	while (l->j.len < CHUNK_SZ && !l->ended) {
		r = host_files__next(l->files, &f);
		if (r == 0)
			end(l);
		else if (r > 0 && may_see(l, &f.row.rec))
			emit(l, &f);
		else if (r == -EAGAIN && clock__now_ns() >= until)
			break;
		else if (r < 0 && r != -EAGAIN)
			return r;
	}
	/* Nothing for this reader yet: a blank may stand between any two values. */
	if (!l->j.len)
		json__emit_raw(&l->j, " ", 1);
	return l->j.error;
}

static ssize_t take(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct listing *l = cls;
	size_t len;
	int r = 0;

	(void)pos;
	l->req.client->since_us = api__now_us(l->req.api);
	if (l->sent == l->j.len) {
		uint64_t start = clock__now_ns();

		if (l->ended)
			return MHD_CONTENT_READER_END_OF_STREAM;
		r = fill(l);
		if (!l->req.query.viewer.all)
			descriptors__charge(l->req.api, start, clock__now_ns() - start);
	}
	if (r < 0) {
		/* The head of the answer is out: that it is cut off has to say it. */
		log_warning("a list of all descriptors ends early: %s", strerror(-r));
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	len = l->j.len - l->sent;
	if (len > max)
		len = max;
	memcpy(buf, l->j.data + l->sent, len);
	l->sent += len;
	return (ssize_t)len;
}

static void free_listing(void *cls)
{
	struct listing *l = cls;

	l->req.api->listing_cnt--;
	if (!l->req.query.viewer.all)
		l->req.api->user_listing_cnt--;
	host_files__free(l->files);
	json__done(&l->j);
	free(l);
}

static bool has_place(const struct request *req)
{
	return req->api->listing_cnt < LISTINGS_MAX &&
	       (req->query.viewer.all || req->api->user_listing_cnt < USER_MAX);
}

int all_files__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	struct MHD_Response *response;
	struct listing *l;
	int r;

	if (!descriptors__may_ask(req))
		return descriptors__fail_busy(req);
	if (!has_place(req)) {
		req->api->refused++;
		return request__fail(req, MHD_HTTP_TOO_MANY_REQUESTS,
				     "too many lists of all descriptors are being read");
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	r = b->host_files(b->ctx, &l->files);
	if (r < 0) {
		free(l);
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "the descriptors of the host cannot be read: %s",
				     strerror(-r));
	}
	l->req = *req;
	req->api->listing_cnt++;
	if (!req->query.viewer.all)
		req->api->user_listing_cnt++;
	json__begin_object(&l->j, NULL);
	json__emit_uint(&l->j, "generated_ns", clock__now_ns());
	json__begin_array(&l->j, "files");
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK_SZ, take, l,
						     free_listing);
	if (!response) {
		free_listing(l);
		return -ENOMEM;
	}
	return request__queue(req, MHD_HTTP_OK, REQUEST_JSON, response);
}
