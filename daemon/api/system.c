// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/system: the sums of the host, and who is nearest to its limit. */
#include "api/resources.h"
#include "base/cleanup.h"
#include "base/passwd.h"

#include <math.h>
#include <string.h>

/* Sums are for everybody; the worst process is the worst of those that the viewer may see. */
static int emit_worst(struct json *j, struct request *req)
{
	struct query q = {.sort = FDS_SORT_USED, .limit = 1, .viewer = req->query.viewer};
	_cleanup_free_ struct process **rows = NULL;
	size_t cnt = 0, total;
	const struct process *p;
	int r;

	r = rank__processes(req->api->backend->store, &q, &rows, &cnt, &total);
	if (r < 0)
		return r;
	p = cnt ? rows[0] : NULL;
	if (!p || !p->table || process__used_ratio(p) < 0) {
		json__emit_null(j, "worst");
		return 0;
	}
	json__begin_object(j, "worst");
	json__emit_uint(j, "pid", p->key.pid);
	json__emit_text(j, "comm", p->comm);
	json__emit_real(j, "used_ratio", process__used_ratio(p));
	json__emit_uint(j, "allocated", p->table->allocated);
	json__emit_uint(j, "soft_limit", p->soft);
	json__end_object(j);
	return 0;
}

static void emit_limits(struct json *j, const struct users *u)
{
	json__begin_object(j, "user_limits");
	for (size_t i = 0; i < FDS_USER_LIMIT_CNT; i++)
		JSON_UINT_OR_NULL(j, users__limit_name(i), u->limits[i], FDS_RLIM_INFINITY);
	json__end_object(j);
}

static void emit_user(struct json *j, const struct users *u, const struct user_use *use,
		      const struct passwd_names *names)
{
	char name[PASSWD_NAME_SZ];
	double worst = -1;

	json__begin_object(j, NULL);
	json__emit_uint(j, "uid", use->uid);
	json__emit_text(j, "user", passwd__name(names, use->uid, name));
	for (size_t i = 0; i < FDS_USER_LIMIT_CNT; i++) {
		double ratio = users__used_ratio(u, use, i);

		JSON_UINT_OR_NULL(j, users__limit_name(i), use->use[i], FDS_UNKNOWN);
		if (ratio > worst)
			worst = ratio;
	}
	json__emit_bool(j, "approximate", use->approximate);
	json__emit_real(j, "used_ratio", worst < 0 ? NAN : worst);
	json__end_object(j);
}

/* All for those who see all, their own for others. */
static void emit_users(struct json *j, const struct request *req, const struct users *u)
{
	const struct viewer *viewer = &req->query.viewer;
	struct passwd_names names;

	passwd__init(&names);
	json__begin_array(j, "users");
	for (size_t i = 0; i < u->cnt; i++)
		if (viewer->all || u->list[i].uid == viewer->uid)
			emit_user(j, u, &u->list[i], &names);
	json__end_array(j);
	passwd__done(&names);
}

int system__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	const struct store_totals *totals = &b->store->totals;
	struct backend_host host = {};
	const struct users *users;
	struct json j = {};
	int answer, r;

	if (!request__refresh(req, &answer))
		return answer;
	r = b->host(b->ctx, &host);
	if (r < 0)
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "the host's own counts cannot be read: %s", strerror(-r));
	json__begin_object(&j, NULL);
	json__emit_uint(&j, "generated_ns", b->store->pass_ns);
	json__emit_uint(&j, "file_nr", host.file_nr);
	JSON_UINT_OR_NULL(&j, "file_max", host.file_max, FDS_RLIM_INFINITY);
	json__emit_uint(&j, "nr_open", host.nr_open);
	json__emit_uint(&j, "processes", totals->processes);
	json__emit_uint(&j, "threads", totals->threads);
	json__emit_uint(&j, "tables", totals->tables);
	json__emit_uint(&j, "allocated", totals->allocated);
	json__emit_uint(&j, "installed", totals->installed);
	JSON_UINT_OR_NULL(&j, "ofds", host.ofds, FDS_UNKNOWN);
	/* The two were not read at one moment. */
	JSON_UINT_OR_NULL(&j, "unattributed",
			  host.ofds == FDS_UNKNOWN   ? FDS_UNKNOWN
			  : host.file_nr < host.ofds ? 0
						     : host.file_nr - host.ofds,
			  FDS_UNKNOWN);
	JSON_UINT_OR_NULL(&j, "opens", b->store->counting ? b->store->opens : FDS_UNKNOWN,
			  FDS_UNKNOWN);
	JSON_UINT_OR_NULL(&j, "closes", b->store->counting ? b->store->closes : FDS_UNKNOWN,
			  FDS_UNKNOWN);
	r = emit_worst(&j, req);
	if (r < 0 && !j.error)
		j.error = r;
	users = b->users(b->ctx, req->users_age_ns);
	json__emit_uint(&j, "users_generated_ns", users->taken_ns);
	emit_limits(&j, users);
	emit_users(&j, req, users);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}
