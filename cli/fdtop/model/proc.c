// SPDX-License-Identifier: GPL-2.0-or-later
/* A process as fdtop knows it; see proc.h. */
#include "fdtop/model/proc.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cells.h"
#include "fdtop/model/value.h"

#define LEVEL_WARN     80 /* per cent, as the daemon's defaults */
#define LEVEL_CRITICAL 95

/* What is read of a row, how and where to. */
enum member_kind { MEMBER_INT, MEMBER_LIMIT, MEMBER_REAL, MEMBER_BOOL, MEMBER_TEXT };

struct member {
	const char *key;
	enum member_kind kind;
	size_t offset;
};

#define MEMBER(key, kind, member)                                                                  \
	{                                                                                          \
		key, MEMBER_##kind, offsetof(struct raw_proc, member)                              \
	}
#define TEXT_OF(key, which)                                                                        \
	{                                                                                          \
		key, MEMBER_TEXT, offsetof(struct raw_proc, p.text[which])                         \
	}

/* With numbers that are still to be looked at. */
struct raw_proc {
	struct proc p;
	int64_t pid, tid, ppid, uid;
};

static const struct member members[] = {
	MEMBER("pid", INT, pid),
	MEMBER("tid", INT, tid),
	MEMBER("ppid", INT, ppid),
	MEMBER("uid", INT, uid),
	MEMBER("start_time_ns", INT, p.id.start_ns),
	MEMBER("table", INT, p.table),
	MEMBER("allocated", INT, p.allocated),
	MEMBER("highest", INT, p.highest),
	MEMBER("peak", INT, p.peak),
	MEMBER("opens", INT, p.opens),
	MEMBER("closes", INT, p.closes),
	MEMBER("failures", INT, p.failures),
	MEMBER("soft_limit", LIMIT, p.soft),
	MEMBER("hard_limit", LIMIT, p.hard),
	MEMBER("used_ratio", REAL, p.used),
	MEMBER("growth_per_s", REAL, p.growth),
	MEMBER("exhaustion_s", REAL, p.exhaustion),
	MEMBER("kthread", BOOL, p.kthread),
	MEMBER("zombie", BOOL, p.zombie),
	TEXT_OF("comm", PROC_COMM),
	TEXT_OF("cmdline", PROC_CMDLINE),
	TEXT_OF("exe", PROC_EXE),
	TEXT_OF("unit", PROC_UNIT),
	TEXT_OF("cgroup", PROC_CGROUP),
	TEXT_OF("container", PROC_CONTAINER),
};

#define MEMBER_CNT (sizeof(members) / sizeof(members[0]))

static void cleanup_raw(struct raw_proc **raw)
{
	if (*raw)
		proc__free(&(*raw)->p);
}

/* All that is not met is not known. */
static struct raw_proc *new_raw(void)
{
	struct raw_proc *raw = calloc(1, sizeof(*raw));

	for (size_t i = 0; raw && i < MEMBER_CNT; i++) {
		void *to = (char *)raw + members[i].offset;

		if (members[i].kind == MEMBER_INT || members[i].kind == MEMBER_LIMIT)
			*(int64_t *)to = VALUE_UNKNOWN;
		else if (members[i].kind == MEMBER_REAL)
			*(double *)to = NAN;
	}
	return raw;
}

/* Checks who it is; the raw one becomes the process. */
static int settle(struct raw_proc *raw)
{
	struct text user = {};

	if (raw->pid <= 0 || raw->pid > INT32_MAX)
		return -EBADMSG;
	raw->p.id.pid = (int32_t)raw->pid;
	raw->p.id.tid = raw->tid > 0 && raw->tid <= INT32_MAX ? (int32_t)raw->tid : raw->p.id.pid;
	raw->p.ppid = raw->ppid > 0 && raw->ppid <= INT32_MAX ? (int32_t)raw->ppid : 0;
	if (raw->uid != VALUE_UNKNOWN)
		cell__add_user(&user, raw->uid);
	raw->p.text[PROC_USER] = user.s;
	return 0;
}

static void set_from_json(struct raw_proc *raw, const struct member *m, const json_t *row)
{
	void *to = (char *)raw + m->offset;

	switch (m->kind) {
	case MEMBER_INT:
		*(int64_t *)to = value__int(row, m->key);
		break;
	case MEMBER_LIMIT:
		*(int64_t *)to = value__limit(row, m->key);
		break;
	case MEMBER_REAL:
		*(double *)to = value__num(row, m->key);
		break;
	case MEMBER_BOOL:
		*(bool *)to = json_is_true(json_object_get(row, m->key));
		break;
	default:
		*(char **)to = value__text(row, m->key);
	}
}

int proc__parse(const json_t *row, struct proc **ret_proc)
{
	_cleanup_(cleanup_raw) struct raw_proc *raw = new_raw();
	int err;

	if (!raw)
		return -ENOMEM;
	for (size_t i = 0; i < MEMBER_CNT; i++)
		set_from_json(raw, &members[i], row);
	err = settle(raw);
	if (!err)
		*ret_proc = &take_ptr(raw)->p;
	return err;
}

static void set_from_scan(struct raw_proc *raw, const struct member *m, const struct scan_value *v)
{
	void *to = (char *)raw + m->offset;
	struct text escaped = {};

	switch (m->kind) {
	case MEMBER_INT:
		*(int64_t *)to = v->type == SCAN_INT ? v->integer : VALUE_UNKNOWN;
		break;
	case MEMBER_LIMIT:
		*(int64_t *)to = v->type == SCAN_INT	? v->integer
				 : v->type == SCAN_NULL ? VALUE_UNLIMITED
							: VALUE_UNKNOWN;
		break;
	case MEMBER_REAL:
		*(double *)to = v->type == SCAN_INT || v->type == SCAN_REAL ? v->real : NAN;
		break;
	case MEMBER_BOOL:
		*(bool *)to = v->type == SCAN_TRUE;
		break;
	default:
		/* One that is there twice: the last one counts. */
		free(*(char **)to);
		*(char **)to = NULL;
		if (v->type == SCAN_STRING && v->string.len)
			text__add_escaped(&escaped, text__str(&v->string), v->string.len);
		*(char **)to = escaped.s;
	}
}

/* The members come in the order of the table more often than not: the search begins there. */
static const struct member *find_member(const char *key, size_t *hint)
{
	for (size_t i = 0; i < MEMBER_CNT; i++) {
		const struct member *m = &members[(*hint + i) % MEMBER_CNT];

		if (*m->key == *key && !strcmp(m->key, key)) {
			*hint = (size_t)(m - members) + 1;
			return m;
		}
	}
	return NULL;
}

static int scan_members(struct scan *s, struct scan_value *v, struct raw_proc *raw)
{
	size_t hint = 0;

	if (!scan__take(s, '{'))
		return -EBADMSG;
	if (scan__take(s, '}'))
		return 0;
	do {
		const struct member *m;
		int err = scan__value(s, v);

		if (err || v->type != SCAN_STRING || !scan__take(s, ':'))
			return err ? err : -EBADMSG;
		m = find_member(text__str(&v->string), &hint);
		err = scan__value(s, v);
		if (err)
			return err;
		if (m)
			set_from_scan(raw, m, v);
	} while (scan__take(s, ','));
	return scan__take(s, '}') ? 0 : -EBADMSG;
}

int proc__scan(struct scan *s, struct scan_value *v, struct proc **ret_proc)
{
	_cleanup_(cleanup_raw) struct raw_proc *raw = new_raw();
	int err;

	if (!raw)
		return -ENOMEM;
	err = scan_members(s, v, raw);
	if (!err)
		err = settle(raw);
	if (!err)
		*ret_proc = &take_ptr(raw)->p;
	return err;
}

void proc__free(struct proc *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < PROC_TEXT_CNT; i++)
		free(p->text[i]);
	free(p->kinds);
	free(p);
}

void proc__inherit(struct proc *p, struct proc *old)
{
	p->kinds = take_ptr(old->kinds);
	p->kinds_ns = old->kinds_ns;
	p->kinds_allocated = old->kinds_allocated;
	memcpy(p->trend, old->trend, sizeof(p->trend));
	p->trend_cnt = old->trend_cnt;
}

void proc__remember(struct proc *p, double count)
{
	if (p->trend_cnt == PROC_TREND) {
		memmove(p->trend, p->trend + 1, sizeof(p->trend) - sizeof(p->trend[0]));
		p->trend_cnt--;
	}
	p->trend[p->trend_cnt++] = count;
}

const char *proc__text(const struct proc *p, enum proc_text which)
{
	return p->text[which] ? p->text[which] : "";
}

const char *proc__command(const struct proc *p, struct text *buf)
{
	text__clear(buf);
	if (p->text[PROC_CMDLINE] && p->text[PROC_CMDLINE][0])
		return p->text[PROC_CMDLINE];
	if (p->member_cnt)
		return proc__text(p, PROC_COMM);
	text__addf(buf, "[%s]%s", proc__text(p, PROC_COMM), p->zombie ? " zombie" : "");
	return text__str(buf);
}

int proc__level(const struct proc *p)
{
	double percent = p->used * 100; /* of NAN no comparison is true */

	return percent >= LEVEL_CRITICAL ? LEVEL_CRITICAL : percent >= LEVEL_WARN ? LEVEL_WARN : 0;
}
