// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/incidents: what was alarmed about, from memory and, for those who see all, from the archive;
 * and one of them with its black box.
 */
#include "alert/message.h"
#include "api/resources.h"
#include "base/array.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000

static bool may_see(const struct request *req, const struct incident *i)
{
	/* What is about the host is for all; a storm names other people's processes. */
	if (i->subject == SUBJECT_HOST && !i->storm)
		return true;
	return viewer__check(&req->query.viewer, i->storm ? 0 : i->uid, i->storm ? 0 : i->euid);
}

static bool is_wanted(const struct request *req, uint64_t id, bool firing)
{
	return (!req->before || id < req->before) && (req->state < 0 || req->state == firing);
}

/* Those in memory, by id, newest first. */
struct found {
	const struct incident **items;
	size_t cnt, cap;
};

static int by_id(const void *va, const void *vb)
{
	const struct incident *a = *(const struct incident *const *)va;
	const struct incident *b = *(const struct incident *const *)vb;

	return a->id > b->id ? -1 : a->id < b->id;
}

static int collect(const struct request *req, struct found *ret)
{
	const struct alerter *a = req->api->backend->alerter;

	for (const struct incident *i = a ? alerter__incidents(a) : NULL; i; i = i->next) {
		if (!is_wanted(req, i->id, !i->cleared_ns) || !may_see(req, i))
			continue;
		if (array_reserve(ret->items, ret->cap, ret->cnt))
			return -ENOMEM;
		ret->items[ret->cnt++] = i;
	}
	if (ret->cnt)
		qsort(ret->items, ret->cnt, sizeof(*ret->items), by_id);
	return 0;
}

/* The list under way: both sources in one order. */
struct listing {
	struct request *req;
	struct json *j;
	struct found found;
	size_t at; /* next in `found` */
	uint32_t left;
};

/* Those of the memory with an id above this. */
static void emit_newer(struct listing *l, uint64_t id)
{
	for (; l->at < l->found.cnt && l->found.items[l->at]->id > id && l->left; l->at++) {
		incident__emit(l->j, NULL, l->found.items[l->at], false);
		l->left--;
	}
}

static void emit_old(void *ctx, const struct backend_incident *i)
{
	struct listing *l = ctx;
	const struct alerter *a = l->req->api->backend->alerter;
	bool firing = !i->cleared_s && !i->ended_unseen;

	emit_newer(l, i->id);
	if (!l->left || !is_wanted(l->req, i->id, firing) || (a && alerter__find(a, i->id)))
		return;
	l->left--;
	json__begin_object(l->j, NULL);
	json__emit_uint(l->j, "id", i->id);
	json__emit_text(l->j, "state", firing ? "firing" : "cleared");
	json__emit_text(l->j, "kind", i->kind);
	json__emit_text(l->j, "rule", i->rule);
	json__emit_text(l->j, "severity", i->severity);
	json__emit_text(l->j, "message", i->message);
	/* Of another boot perhaps, where this clock was another. */
	json__emit_null(l->j, "time_ns");
	json__emit_text(l->j, "time", message__time(i->opened_s, (char[32]){}));
	json__emit_text(l->j, "cleared_time",
			i->cleared_s ? message__time(i->cleared_s, (char[32]){}) : NULL);
	json__emit_text(l->j, "cleared_why", i->ended_unseen ? "the daemon ended first" : NULL);
	JSON_UINT_OR_NULL(l->j, "pid", i->pid, 0);
	json__emit_text(l->j, "comm", i->pid ? i->comm : NULL);
	json__emit_text(l->j, "unit", *i->unit ? i->unit : NULL);
	json__end_object(l->j);
}

int incidents__answer_list(struct request *req)
{
	const struct backend *b = req->api->backend;
	struct json j = {};
	struct listing l = {.req = req, .j = &j, .left = req->query.limit ?: LIMIT_DEFAULT};
	int r = collect(req, &l.found);

	if (r < 0) {
		free(l.found.items);
		return request__fail(req, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", strerror(-r));
	}
	if (l.left > LIMIT_MAX)
		l.left = LIMIT_MAX;
	json__begin_object(&j, NULL);
	json__emit_uint(&j, "generated_ns", b->store->pass_ns);
	json__begin_array(&j, "incidents");
	/* The archive does not know whose they are. */
	if (req->query.viewer.all && b->old_incidents)
		r = b->old_incidents(b->alarm_ctx, req->before, l.left + l.found.cnt, emit_old, &l);
	emit_newer(&l, 0);
	json__end_array(&j);
	json__emit_text(&j, "archive",
			!req->query.viewer.all || !b->old_incidents || r == -EOPNOTSUPP ? "off"
			: r < 0 ? "unavailable"
				: "ok");
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	free(l.found.items);
	return request__reply(req, REQUEST_JSON, &j);
}

static int answer_old(struct request *req)
{
	const struct backend *b = req->api->backend;
	_cleanup_free_ char *text = NULL;
	struct json j = {};
	size_t sz;
	int r = req->query.viewer.all && b->old_incident
			? b->old_incident(b->alarm_ctx, req->id, &text, &sz)
			: -ENOENT;

	if (r == -EAGAIN)
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "the archive cannot be read now; see 'fdscope status'");
	if (r < 0)
		return request__fail(req, MHD_HTTP_NOT_FOUND, "there is no incident %llu",
				     (unsigned long long)req->id);
	json__emit_raw(&j, text, sz);
	return request__reply(req, REQUEST_JSON, &j);
}

int incidents__answer_one(struct request *req)
{
	const struct alerter *a = req->api->backend->alerter;
	const struct incident *i = a ? alerter__find(a, req->id) : NULL;
	struct json j = {};

	if (!i)
		return answer_old(req);
	if (!may_see(req, i))
		return request__fail(req, MHD_HTTP_FORBIDDEN,
				     "incident %llu is not yours; root and the group " FDS_GROUP
				     " see all",
				     (unsigned long long)req->id);
	/* The black box has stacks, and paths that may since be nobody else's business. */
	incident__emit(&j, NULL, i, req->query.viewer.all);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}
