// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes: the ranking, by process or summed into groups, and the sheet of one process.
 */
#include "api/descriptors.h"
#include "api/resources.h"
#include "base/cleanup.h"
#include "store/row.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const group_names[FDS_BY_CNT] = {
#define X(id, name) [FDS_BY_##id] = (name),
	FDS_GROUP_KEYS(X)
#undef X
};

static void emit_head(struct json *j, struct request *req)
{
	json__emit_uint(j, "generated_ns", req->api->backend->store->pass_ns);
	json__emit_text(j, "tier", request__tier(req));
}

static int fail_memory(struct request *req, int error)
{
	return request__fail(req, MHD_HTTP_INTERNAL_SERVER_ERROR, "cannot rank: %s",
			     strerror(-error));
}

static int answer_rows(struct request *req)
{
	struct store *s = req->api->backend->store;
	_cleanup_free_ struct process **rows = NULL;
	size_t cnt, total;
	struct json j = {};
	int r;

	r = rank__processes(s, &req->query, &rows, &cnt, &total);
	if (r < 0)
		return fail_memory(req, r);
	json__begin_object(&j, NULL);
	emit_head(&j, req);
	json__emit_uint(&j, "total", total);
	json__begin_array(&j, "processes");
	for (size_t i = 0; i < cnt; i++)
		row__emit(&j, s, rows[i]);
	json__end_array(&j);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}

static void emit_group(struct json *j, const struct group *g, enum fds_group_key by)
{
	json__begin_object(j, NULL);
	json__emit_text(j, "by", group_names[by]);
	json__emit_text(j, "key", g->key);
	json__emit_uint(j, "processes", g->processes);
	json__emit_uint(j, "tables", g->tables);
	json__emit_uint(j, "allocated", g->allocated);
	json__emit_uint(j, "installed", g->installed);
	/* Sums of counts taken one after the other. */
	json__emit_uint(j, "reserved",
			g->allocated > g->installed ? g->allocated - g->installed : 0);
	json__emit_uint(j, "peak", g->peak);
	if (g->worst)
		json__emit_uint(j, "worst_pid", g->worst->key.pid);
	else
		json__emit_null(j, "worst_pid");
	json__emit_text(j, "worst_comm", g->worst ? g->worst->comm : NULL);
	json__emit_real(j, "worst_ratio", g->worst_ratio < 0 ? NAN : g->worst_ratio);
	JSON_UINT_OR_NULL(j, "opens", g->opens, FDS_UNKNOWN);
	JSON_UINT_OR_NULL(j, "closes", g->closes, FDS_UNKNOWN);
	JSON_UINT_OR_NULL(j, "failures", g->failures, FDS_UNKNOWN);
	json__emit_real(j, "growth_per_s", g->growth_known ? g->growth_per_s : NAN);
	json__emit_real(j, "exhaustion_s", g->exhaustion_s < 0 ? NAN : g->exhaustion_s);
	json__end_object(j);
}

static int answer_groups(struct request *req)
{
	struct group *groups = NULL;
	size_t cnt = 0, total = 0;
	struct json j = {};
	int r;

	r = rank__groups(req->api->backend->store, &req->query, &groups, &cnt, &total);
	if (r < 0)
		return fail_memory(req, r);
	json__begin_object(&j, NULL);
	emit_head(&j, req);
	json__emit_uint(&j, "total", total);
	json__begin_array(&j, "groups");
	for (size_t i = 0; i < cnt; i++)
		emit_group(&j, &groups[i], req->query.by);
	json__end_array(&j);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	rank__free_groups(groups, cnt);
	return request__reply(req, REQUEST_JSON, &j);
}

int processes__answer_list(struct request *req)
{
	int answer;

	if (!request__refresh(req, &answer))
		return answer;
	return req->query.by == FDS_BY_PROCESS ? answer_rows(req) : answer_groups(req);
}

/* A process, or a thread with a table of its own by its tid. */
static struct process *find_task(const struct store *s, uint32_t id)
{
	struct process *p = store__find(s, id, id);

	for (struct process *t = store__first(s); !p && t; t = store__next(t))
		if (t->key.tid == id)
			p = t;
	return p;
}

struct process *processes__find(struct request *req, int *ret_answer)
{
	const struct backend *b = req->api->backend;
	struct process *p;

	if (!request__refresh(req, ret_answer))
		return NULL;
	p = find_task(b->store, req->pid);
	/* Perhaps it is younger than the last pass. */
	if (!p && !b->refresh(b->ctx, 1))
		p = find_task(b->store, req->pid);
	if (!p) {
		*ret_answer =
			request__fail(req, MHD_HTTP_NOT_FOUND, "there is no process %u", req->pid);
		return NULL;
	}
	if (!request__may_see(req, p)) {
		*ret_answer = request__fail(req, MHD_HTTP_FORBIDDEN,
					    "process %u is not yours; root and the group " FDS_GROUP
					    " see all",
					    req->pid);
		return NULL;
	}
	return p;
}

static int compare_ofds(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Distinct values; sorts them. */
static size_t count_distinct(uint64_t *values, size_t cnt)
{
	size_t distinct = 0;

	qsort(values, cnt, sizeof(*values), compare_ofds);
	for (size_t i = 0; i < cnt; i++)
		distinct += !i || values[i] != values[i - 1];
	return distinct;
}

/* Whether another table than this holds the row's ofd: processes of one table share it anyway. */
static bool held_elsewhere(const struct store *s, const struct table *table,
			   const struct file_list *files, const struct file_row *row)
{
	for (size_t i = 0; i < row->holder_cnt; i++) {
		uint32_t pid = files->holders[row->holder_first + i].pid;
		const struct process *holder = store__find(s, pid, pid);

		if (!holder || holder->table != table)
			return true;
	}
	return false;
}

/* ofds and shared_ofds; null where the tier does not know what an ofd is. */
static int emit_ofds(struct json *j, const struct store *s, const struct process *p,
		     const struct file_list *files)
{
	_cleanup_free_ uint64_t *all = NULL, *shared = NULL;
	size_t cnt = 0, shared_cnt = 0;

	all = calloc(files->cnt + 1, sizeof(*all));
	shared = calloc(files->cnt + 1, sizeof(*shared));
	if (!all || !shared)
		return -ENOMEM;
	for (size_t i = 0; i < files->cnt; i++) {
		const struct file_row *row = &files->rows[i];

		if (!row->ofd)
			continue;
		all[cnt++] = row->ofd;
		if (held_elsewhere(s, p->table, files, row))
			shared[shared_cnt++] = row->ofd;
	}
	if (files->cnt && !cnt) {
		json__emit_null(j, "ofds");
		json__emit_null(j, "shared_ofds");
		return 0;
	}
	json__emit_uint(j, "ofds", count_distinct(all, cnt));
	json__emit_uint(j, "shared_ofds", count_distinct(shared, shared_cnt));
	return 0;
}

/* What takes a look at the descriptors themselves; null where that is not possible. */
static int emit_contents(struct json *j, struct request *req, const struct process *p)
{
	struct file_list *files = NULL;
	int r = descriptors__read(req, p, &files);

	if (r == -ESRCH)
		return r;
	if (r < 0) {
		json__emit_null(j, "kinds");
		json__emit_null(j, "ofds");
		json__emit_null(j, "shared_ofds");
		return 0;
	}
	file_list__emit_kinds(j, files);
	r = emit_ofds(j, req->api->backend->store, p, files);
	file_list__free(files);
	return r;
}

static void emit_relatives(struct json *j, struct request *req, const struct process *p)
{
	struct store *s = req->api->backend->store;

	json__begin_array(j, "table_users");
	for (struct process *o = store__first(s); o; o = store__next(o)) {
		if (o == p || !p->table || o->table != p->table || !request__may_see(req, o))
			continue;
		json__begin_object(j, NULL);
		json__emit_uint(j, "pid", o->key.pid);
		json__emit_text(j, "comm", o->comm);
		json__end_object(j);
	}
	json__end_array(j);

	json__begin_array(j, "threads_with_own_table");
	for (struct process *o = store__first(s); o; o = store__next(o))
		if (o->key.pid == p->key.pid && o->key.tid != p->key.tid &&
		    request__may_see(req, o))
			row__emit(j, s, o);
	json__end_array(j);
}

int processes__answer_one(struct request *req)
{
	struct json j = {};
	struct process *p;
	int answer, r;

	p = processes__find(req, &answer);
	if (!p)
		return answer;
	json__begin_object(&j, NULL);
	emit_head(&j, req);
	row__emit_members(&j, req->api->backend->store, p);
	r = emit_contents(&j, req, p);
	if (r < 0) {
		json__done(&j);
		if (r == -ESRCH)
			return request__fail(req, MHD_HTTP_NOT_FOUND, "process %u has just ended",
					     req->pid);
		return fail_memory(req, r);
	}
	emit_relatives(&j, req, p);
	row__emit_history(&j, "history", p->table);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}
