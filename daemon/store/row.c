// SPDX-License-Identifier: GPL-2.0-or-later
/* A process as the answers show it; see row.h. */
#include "store/row.h"

#include "source/identity.h"

#include <math.h>

static void emit_identity(struct json *j, struct store *s, struct process *p)
{
	static const struct identity unknown;
	const struct identity *id = store__identify(s, p);

	if (!id)
		id = &unknown;
	json__emit_text(j, "exe", id->exe);
	json__emit_text(j, "cmdline", id->cmdline);
	json__emit_uint(j, "uid", p->euid);
	json__emit_text(j, "unit", id->unit);
	json__emit_text(j, "cgroup", id->cgroup);
	json__emit_text(j, "container", id->container);
}

static void emit_table(struct json *j, const struct table *t, uint64_t now_ns)
{
	static const struct table none = {
		.highest = -1,
		.opens = FDS_UNKNOWN,
		.closes = FDS_UNKNOWN,
		.failures = FDS_UNKNOWN,
	};
	double growth = NAN;

	if (t)
		json__emit_uint(j, "table", t->id);
	else
		json__emit_null(j, "table");
	if (!t || !growth__find(&t->growth, now_ns, t->allocated, &growth))
		growth = NAN; /* null */
	if (!t)
		t = &none;
	json__emit_uint(j, "allocated", t->allocated);
	json__emit_uint(j, "installed", t->installed);
	json__emit_uint(j, "reserved", table__reserved(t));
	if (t->highest < 0)
		json__emit_null(j, "highest");
	else
		json__emit_int(j, "highest", t->highest);
	json__emit_uint(j, "peak", t->peak);
	JSON_UINT_OR_NULL(j, "opens", t->opens, FDS_UNKNOWN);
	JSON_UINT_OR_NULL(j, "closes", t->closes, FDS_UNKNOWN);
	JSON_UINT_OR_NULL(j, "failures", t->failures, FDS_UNKNOWN);
	json__emit_real(j, "growth_per_s", growth);
}

void row__emit_members(struct json *j, struct store *s, struct process *p)
{
	double ratio = process__used_ratio(p);
	double exhaustion = process__exhaustion_s(p, s->pass_ns);

	json__emit_uint(j, "pid", p->key.pid);
	json__emit_uint(j, "tid", p->table_tid);
	json__emit_uint(j, "ppid", p->ppid);
	json__emit_uint(j, "ns_pid", p->ns_pid);
	json__emit_uint(j, "start_time_ns", p->start_ns);
	json__emit_text(j, "comm", p->comm);
	emit_identity(j, s, p);
	json__emit_uint(j, "threads", p->threads);
	json__emit_bool(j, "kthread", p->kthread);
	json__emit_bool(j, "zombie", p->zombie);
	emit_table(j, p->table, s->pass_ns);
	JSON_UINT_OR_NULL(j, "soft_limit", p->soft, FDS_RLIM_INFINITY);
	JSON_UINT_OR_NULL(j, "hard_limit", p->hard, FDS_RLIM_INFINITY);
	JSON_UINT_OR_NULL(j, "room", process__room(p), FDS_RLIM_INFINITY);
	json__emit_real(j, "used_ratio", ratio < 0 ? NAN : ratio);
	json__emit_real(j, "exhaustion_s", exhaustion < 0 ? NAN : exhaustion);
}

void row__emit(struct json *j, struct store *s, struct process *p)
{
	json__begin_object(j, NULL);
	row__emit_members(j, s, p);
	json__end_object(j);
}

static void emit_count(struct json *j, uint64_t time_ns, uint32_t count)
{
	json__begin_array(j, NULL);
	json__emit_uint(j, NULL, time_ns);
	json__emit_uint(j, NULL, count);
	json__end_array(j);
}

void row__emit_history(struct json *j, const char *key, const struct table *t)
{
	struct history_point points[HISTORY_POINT_MAX];
	size_t cnt = t ? history__points(&t->history, points) : 0;

	json__begin_array(j, key);
	for (size_t i = 0; i < cnt; i++) {
		emit_count(j, points[i].time_ns, points[i].min);
		if (points[i].max != points[i].min)
			emit_count(j, points[i].time_ns, points[i].max);
	}
	json__end_array(j);
}
