// SPDX-License-Identifier: GPL-2.0-or-later
/* GET /v1/events: a line of JSON for each of the news; see events.h. */
#include "api/events.h"

#include "api/client.h"
#include "base/clock.h"
#include "detect/rule.h"
#include "store/failures.h"
#include "store/hazards.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define BLOCK_SZ	4096 /* bytes that MHD takes at once */
#define BACKLOG_MIN_SZ	1024 /* room for the line that says what was dropped */
#define USER_STREAM_DIV 4    /* one unprivileged user has at most 1/4 of all streams */

/* One listener.  Lines wait in buf[off..len) until its connection takes them. */
struct stream {
	struct stream *prev, *next;
	struct api *api;
	struct client *client; /* NULL: already gone */
	struct MHD_Connection *conn;
	sd_event_source *hangup; /* the peer is gone: MHD does not look while it is suspended */
	struct viewer viewer;
	uint32_t types;
	char *buf;
	size_t off, len, cap;
	bool mid_line;	/* what was taken last ended inside a line */
	bool suspended; /* MHD leaves the connection alone until there is news */
	bool ending;
	uint64_t sent_us; /* CLOCK_MONOTONIC of the last line put in */
};

static const char *const type_names[FDS_NEWS_CNT] = {
#define X(id, name, dflt) [FDS_NEWS_##id] = (name),
	FDS_NEWS(X)
#undef X
};

static const uint32_t default_types = 0
#define X(id, name, dflt) | ((uint32_t)(dflt) << FDS_NEWS_##id)
	FDS_NEWS(X)
#undef X
	;

int events__parse_types(const char *text, uint32_t *ret_mask)
{
	uint32_t mask = 0;

	for (;;) {
		size_t len = strcspn(text, ",");
		size_t type = 0;

		while (type < FDS_NEWS_CNT && (strlen(type_names[type]) != len ||
					       strncmp(type_names[type], text, len) != 0))
			type++;
		if (type == FDS_NEWS_CNT)
			return -EINVAL;
		mask |= UINT32_C(1) << type;
		if (!text[len])
			break;
		text += len + 1;
	}
	*ret_mask = mask;
	return 0;
}

/* Tell the backend what is worth collecting now. */
static void tell_wanted(struct api *api)
{
	const struct backend *b = api->backend;
	const struct stream *st;
	uint32_t mask = 0;

	if (api->freeing)
		return;
	DL_FOREACH (api->streams, st)
		mask |= st->types;
	if (mask == api->news_wanted)
		return;
	api->news_wanted = mask;
	if (b->news_wanted)
		b->news_wanted(b->ctx, mask);
}

static void resume(struct stream *st)
{
	if (!st->suspended)
		return;
	st->suspended = false;
	MHD_resume_connection(st->conn);
	api__wake(st->api);
}

/* Room for `len` more bytes within the limit. */
static bool reserve(struct stream *st, size_t len)
{
	size_t max = st->api->config.max_stream_backlog;
	size_t cap;
	char *buf;

	if (max < BACKLOG_MIN_SZ)
		max = BACKLOG_MIN_SZ;
	if (st->len - st->off + len > max)
		return false;
	if (st->len + len <= st->cap)
		return true;
	if (st->off) {
		memmove(st->buf, st->buf + st->off, st->len - st->off);
		st->len -= st->off;
		st->off = 0;
	}
	if (st->len + len <= st->cap)
		return true;
	cap = st->cap ? st->cap : BACKLOG_MIN_SZ;
	while (cap < st->len + len)
		cap *= 2;
	if (cap > max)
		cap = max;
	buf = realloc(st->buf, cap);
	if (!buf)
		return false;
	st->buf = buf;
	st->cap = cap;
	return true;
}

static bool append(struct stream *st, const char *line, size_t len)
{
	if (!reserve(st, len))
		return false;
	memcpy(st->buf + st->len, line, len);
	st->len += len;
	st->sent_us = api__now_us(st->api);
	resume(st);
	return true;
}

/*
 * Too slow a reader: forget what waits, but for the rest of a line it has half of, and say so.
 * It knows then that it has to ask for the present state.
 */
static void overflow(struct stream *st)
{
	size_t begin = st->off, lines = 0;
	struct json j = {};

	if (st->mid_line)
		begin += (char *)memchr(st->buf + begin, '\n', st->len - begin) - st->buf - begin +
			 1;
	for (size_t i = begin; i < st->len; i++)
		lines += st->buf[i] == '\n';
	st->len = begin;

	json__begin_object(&j, NULL);
	json__emit_uint(&j, "time_ns", clock__now_ns());
	json__emit_text(&j, "type", type_names[FDS_NEWS_RESYNC]);
	json__emit_null(&j, "pid");
	json__emit_null(&j, "comm");
	json__emit_textf(&j, "why", "backlog: %zu lines dropped, the reader is too slow",
			 lines + 1);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	if (j.error || !append(st, j.data, j.len))
		events__end_stream(st->client); /* without a word it would believe it has all */
	json__done(&j);
}

static void emit_frame(void *ctx, const char *place)
{
	json__emit_text(ctx, NULL, place);
}

/*
 * For those who see all: following frame pointers brings up words of the process's memory, which
 * may not be for whoever has its user.
 */
static void emit_stack(struct json *j, const struct backend *b, const struct news *n, bool all)
{
	bool show = all && n->failure && n->failure->ev.stack_cnt && b->describe_stack;
	uint64_t id = 0;

	json__begin_array(j, "stack");
	if (show)
		id = b->describe_stack(n->failure, emit_frame, j);
	json__end_array(j);
	if (show)
		json__emit_textf(j, "stack_id", "%016" PRIx64, id);
	else
		json__emit_null(j, "stack_id");
}

/* Whoever failed may be gone, so that nobody can ask for the rest. */
static void emit_who(struct json *j, const struct backend *b, const struct news *n)
{
	struct identity *id = NULL;

	if (!n->failure || !b->identify_failed || b->identify_failed(b->ctx, n->failure, &id))
		id = NULL;
	JSON_UINT_OR_NULL(j, "ppid", n->failure ? n->failure->ppid : 0, 0);
	json__emit_text(j, "exe", id ? id->exe : NULL);
	json__emit_text(j, "unit", id ? id->unit : NULL);
	json__emit_text(j, "cgroup", id ? id->cgroup : NULL);
	json__emit_text(j, "container", id ? id->container : NULL);
	identity__free(id);
}

static void emit_failure(struct json *j, const struct backend *b, const struct news *n, bool all)
{
	const char *error = strerrorname_np(n->error);
	bool silent = b->syscall_is_silent && b->syscall_is_silent(n->syscall_nr);

	json__emit_text(j, "error", error);
	json__emit_text(j, "cause", failure__cause_name(n->cause));
	json__emit_text(j, "seen_as", silent ? "MSG_CTRUNC" : n->syscall_nr == ~0u ? NULL : error);
	json__emit_text(j, "syscall", b->syscall_name ? b->syscall_name(n->syscall_nr) : NULL);
	json__emit_uint(j, "tid", n->tid);
	JSON_UINT_OR_NULL(j, "allocated", n->allocated, FDS_COUNT_UNKNOWN);
	JSON_UINT_OR_NULL(j, "soft_limit", n->soft, FDS_RLIM_INFINITY);
	json__emit_uint(j, "held_back", n->held_back);
	emit_who(j, b, n);
	emit_stack(j, b, n, all);
}

static void emit_type(struct json *j, const struct backend *b, const struct news *n, bool all)
{
	switch (n->type) {
	case FDS_NEWS_LEVEL:
		json__emit_uint(j, "level", n->level);
		json__emit_text(j, "direction", n->up ? "up" : "down");
		json__emit_uint(j, "allocated", n->allocated);
		if (n->highest < 0)
			json__emit_null(j, "highest");
		else
			json__emit_int(j, "highest", n->highest);
		JSON_UINT_OR_NULL(j, "soft_limit", n->soft, FDS_RLIM_INFINITY);
		break;
	case FDS_NEWS_FAILURE:
		emit_failure(j, b, n, all);
		break;
	case FDS_NEWS_LIMIT:
		JSON_UINT_OR_NULL(j, "soft_limit", n->soft, FDS_RLIM_INFINITY);
		JSON_UINT_OR_NULL(j, "hard_limit", n->hard, FDS_RLIM_INFINITY);
		if (n->old_unknown)
			break;
		JSON_UINT_OR_NULL(j, "old_soft_limit", n->old_soft, FDS_RLIM_INFINITY);
		JSON_UINT_OR_NULL(j, "old_hard_limit", n->old_hard, FDS_RLIM_INFINITY);
		break;
	case FDS_NEWS_DRIFT:
		json__emit_int(j, "drift_fds", n->drift);
		break;
	case FDS_NEWS_RESYNC:
		json__emit_text(j, "why", n->why);
		break;
	case FDS_NEWS_ALERT:
		json__emit_uint(j, "incident", n->alert_id);
		json__emit_text(j, "rule", n->rule);
		json__emit_text(j, "step", alert_step_names[n->step]);
		json__emit_text(j, "severity", severity_names[n->severity]);
		json__emit_text(j, "message", n->why);
		break;
	case FDS_NEWS_HAZARD:
		/* Whose it is stands in front. */
		json__begin_object(j, "hazard");
		hazard__emit(j, n->hazard, all);
		json__end_object(j);
		break;
	case FDS_NEWS_FORK:
		json__emit_uint(j, "child", n->child);
		break;
	case FDS_NEWS_EXEC:
	case FDS_NEWS_EXIT:
	case FDS_NEWS_CNT:
		break;
	}
}

static void emit_line(struct json *j, const struct backend *b, const struct news *n, bool all)
{
	json__begin_object(j, NULL);
	json__emit_uint(j, "time_ns", n->time_ns);
	json__emit_text(j, "type", type_names[n->type]);
	JSON_UINT_OR_NULL(j, "pid", n->pid, 0);
	if (n->pid)
		json__emit_text_n(j, "comm", n->comm, strnlen(n->comm, sizeof(n->comm)));
	else
		json__emit_null(j, "comm");
	emit_type(j, b, n, all);
	json__end_object(j);
	json__emit_raw(j, "\n", 1);
}

/* News of a process or user are for those who may see it; all others are for all. */
static bool is_for(const struct stream *st, const struct news *n)
{
	return !st->ending && (st->types & UINT32_C(1) << n->type) &&
	       ((!n->pid && !n->of_user) || viewer__check(&st->viewer, n->uid, n->euid));
}

void events__publish(struct api *api, const struct news *n)
{
	struct json lines[2] = {}; /* for those who see all, and for the others */
	struct stream *st, *tmp;

	if (n->type >= FDS_NEWS_CNT || n->goes_on)
		return;
	DL_FOREACH_SAFE (api->streams, st, tmp) {
		struct json *j = &lines[!st->viewer.all];

		if (!is_for(st, n))
			continue;
		if (!j->len) /* written once, and only if anybody listens */
			emit_line(j, api->backend, n, st->viewer.all);
		if (j->error || !append(st, j->data, j->len))
			overflow(st);
	}
	json__done(&lines[0]);
	json__done(&lines[1]);
}

void events__check_heartbeats(struct api *api)
{
	uint64_t now = api__now_us(api);
	struct stream *st;

	/* An empty line makes the socket of a peer that is gone show it. */
	DL_FOREACH (api->streams, st)
		if (st->suspended && now - st->sent_us >= api->heartbeat_us)
			append(st, "\n", 1);
}

void events__end_stream(struct client *c)
{
	if (!c || !c->stream)
		return;
	c->stream->ending = true;
	resume(c->stream);
}

void events__forget_client(struct client *c)
{
	if (!c->stream)
		return;
	/* While the descriptor is still open. */
	c->stream->hangup = sd_event_source_disable_unref(c->stream->hangup);
	c->stream->client = NULL;
	c->stream = NULL;
}

bool events__is_stuck(const struct client *c)
{
	return c->stream && c->stream->off < c->stream->len;
}

/* MHD asks for more. */
static ssize_t take_lines(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct stream *st = cls;
	size_t len = st->len - st->off;

	(void)pos;
	if (st->client)
		st->client->since_us = api__now_us(st->api);
	if (st->ending)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!len) {
		st->suspended = true;
		MHD_suspend_connection(st->conn);
		return 0;
	}
	if (len > max)
		len = max;
	memcpy(buf, st->buf + st->off, len);
	st->off += len;
	st->mid_line = buf[len - 1] != '\n';
	if (st->off == st->len) {
		st->off = st->len = 0;
		if (st->cap > BLOCK_SZ) { /* a burst is over */
			free(st->buf);
			st->buf = NULL;
			st->cap = 0;
		}
	}
	return (ssize_t)len;
}

static void free_stream(void *cls)
{
	struct stream *st = cls;

	if (st->client)
		st->client->stream = NULL;
	sd_event_source_disable_unref(st->hangup);
	DL_DELETE(st->api->streams, st);
	st->api->stream_cnt--;
	tell_wanted(st->api);
	free(st->buf);
	free(st);
}

/* Hung up in both directions; a peer that only says no more still listens. */
static int on_hangup(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct stream *st = userdata;

	(void)fd, (void)revents;
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (st->client)
		client__shut_down(st->client);
	return 0;
}

static bool has_place(const struct api *api, const struct viewer *viewer)
{
	unsigned of_user = 0, max = api->config.max_streams;
	const struct stream *st;

	if (api->stream_cnt >= max)
		return false;
	if (viewer->all)
		return true;
	DL_FOREACH (api->streams, st)
		of_user += !st->viewer.all && st->viewer.uid == viewer->uid;
	return of_user < (max + USER_STREAM_DIV - 1) / USER_STREAM_DIV;
}

static void say_hello(struct stream *st, const char *tier)
{
	struct json j = {};

	json__begin_object(&j, NULL);
	json__emit_uint(&j, "time_ns", clock__now_ns());
	json__emit_text(&j, "type", "hello");
	json__emit_text(&j, "version", FDS_VERSION);
	json__emit_text(&j, "tier", tier);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	if (!j.error)
		append(st, j.data, j.len);
	json__done(&j);
}

int events__answer(struct request *req)
{
	struct api *api = req->api;
	struct MHD_Response *response;
	struct stream *st;

	if (req->head)
		return request__queue(
			req, MHD_HTTP_OK, REQUEST_NDJSON,
			MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
	if (!has_place(api, &req->query.viewer)) {
		api->refused++;
		return request__fail(req, MHD_HTTP_TOO_MANY_REQUESTS,
				     "too many streams are open (max_streams is %u)",
				     api->config.max_streams);
	}
	st = calloc(1, sizeof(*st));
	if (!st)
		return -ENOMEM;
	*st = (struct stream){
		.api = api,
		.client = req->client,
		.conn = req->conn,
		.viewer = req->query.viewer,
		.types = req->types ? req->types : default_types,
	};
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SZ, take_lines, st,
						     free_stream);
	if (!response) {
		free(st);
		return -ENOMEM;
	}
	DL_APPEND(api->streams, st);
	api->stream_cnt++;
	req->client->stream = st;
	/* EPOLLHUP comes unasked.  Without this source a heartbeat finds it, only later. */
	(void)sd_event_add_io(api->event, &st->hangup, req->client->fd, 0, on_hangup, st);
	client__set_state(req->client, CLIENT_STREAMING);
	say_hello(st, request__tier(req));
	tell_wanted(api);
	return request__queue(req, MHD_HTTP_OK, REQUEST_NDJSON, response);
}
