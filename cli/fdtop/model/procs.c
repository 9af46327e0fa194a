// SPDX-License-Identifier: GPL-2.0-or-later
/* The processes of the last answer; see procs.h. */
#include "fdtop/model/procs.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "fdtop/model/value.h"
#include "rows.h"

static int add(struct proc_list *list, size_t *cap, struct proc *p)
{
	if (array_reserve(list->proc, *cap, list->cnt))
		return -ENOMEM;
	list->proc[list->cnt++] = p;
	return 0;
}

/* Behind the opening bracket of the array. */
static int scan_rows(struct proc_list *list, struct scan *s, struct scan_value *v)
{
	size_t cap = 0;

	if (scan__take(s, ']'))
		return 0;
	do {
		struct proc *p = NULL;
		int err = proc__scan(s, v, &p);

		if (!err)
			err = add(list, &cap, p);
		if (err) {
			proc__free(p);
			return err;
		}
	} while (scan__take(s, ','));
	return scan__take(s, ']') ? 0 : -EBADMSG;
}

/* More members may follow the array; then the object ends. */
static int scan_rest(struct scan *s, struct scan_value *v)
{
	while (scan__take(s, ',')) {
		int err = scan__value(s, v);

		if (!err && (v->type != SCAN_STRING || !scan__take(s, ':')))
			err = -EBADMSG;
		if (!err)
			err = scan__value(s, v);
		if (err)
			return err;
	}
	return scan__take(s, '}') ? 0 : -EBADMSG;
}

static int parse_rows(struct proc_list *list, const char *array, const char *end)
{
	struct scan s = {array, end};
	struct scan_value v = {};
	int err = scan_rows(list, &s, &v);

	if (!err)
		err = scan_rest(&s, &v);
	scan_value__done(&v);
	return err;
}

/*
 * What stands in front of the array: generated_ns, tier, total.  The head is closed to be an
 * object of its own, so that the rows are not parsed twice.
 */
static int parse_head(struct proc_list *list, const char *body, const char *array)
{
	const char *comma = array;
	struct text head = {};
	json_t *root;

	while (comma > body && *comma != ',')
		comma--;
	text__add_bytes(&head, body, comma - body);
	text__add(&head, "}");
	root = json_loadb(text__str(&head), head.len, JSON_ALLOW_NUL, NULL);
	text__done(&head);
	if (!root)
		return -EBADMSG;
	list->generated_ns = value__int(root, "generated_ns");
	list->total = value__int(root, "total");
	list->tier = value__text(root, "tier");
	json_decref(root);
	return 0;
}

static void cleanup_list(struct proc_list **list)
{
	proc_list__free(*list);
}

int proc_list__parse(const char *body, size_t sz, struct proc_list **ret_list)
{
	_cleanup_(cleanup_list) struct proc_list *list = calloc(1, sizeof(*list));
	struct rows rows;
	int err;

	if (!list)
		return -ENOMEM;
	err = rows__init(&rows, body, sz, "processes");
	if (!err)
		err = parse_head(list, body, rows.at);
	if (!err)
		err = parse_rows(list, rows.at, rows.end);
	if (err)
		return err;
	if (list->generated_ns < 0)
		list->generated_ns = 0;
	if (list->total < (int64_t)list->cnt)
		list->total = (int64_t)list->cnt;
	*ret_list = take_ptr(list);
	return 0;
}

void proc_list__free(struct proc_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->cnt; i++)
		proc__free(list->proc[i]);
	free(list->proc);
	free(list->tier);
	free(list);
}

void procs__done(struct procs *ps)
{
	struct proc *p, *next;

	HASH_ITER (hh, ps->by_id, p, next) {
		HASH_DEL(ps->by_id, p);
		proc__free(p);
	}
	free(ps->row);
	*ps = (struct procs){};
}

struct proc *procs__find(const struct procs *ps, const struct proc_id *id)
{
	struct proc *p;

	HASH_FIND(hh, ps->by_id, id, sizeof(*id), p);
	return p;
}

struct proc *procs__find_pid(const struct procs *ps, int32_t pid)
{
	for (size_t i = 0; i < ps->row_cnt; i++)
		if (ps->row[i]->id.pid == pid && ps->row[i]->id.tid == pid)
			return ps->row[i];
	return NULL;
}

/* Of a whole answer all that are not in it are gone; else those out of sight for long. */
static void forget(struct procs *ps)
{
	uint64_t keep = procs__is_whole(ps) ? 0 : PROCS_KEEP;
	struct proc *p, *next;

	HASH_ITER (hh, ps->by_id, p, next) {
		if (p->seen + keep >= ps->generation)
			continue;
		HASH_DEL(ps->by_id, p);
		proc__free(p);
	}
}

int procs__apply(struct procs *ps, struct proc_list *list)
{
	struct proc **row = malloc((list->cnt + 1) * sizeof(*row));
	size_t cnt = 0;

	if (!row)
		return -ENOMEM;
	ps->generation++;
	for (size_t i = 0; i < list->cnt; i++) {
		struct proc *p = list->proc[i];
		struct proc *old = procs__find(ps, &p->id);

		/* An answer that holds one twice is not believed twice. */
		if (old && old->seen == ps->generation) {
			proc__free(p);
			continue;
		}
		if (old) {
			proc__inherit(p, old);
			HASH_DEL(ps->by_id, old);
			proc__free(old);
		}
		p->seen = ps->generation;
		if (p->allocated >= 0)
			proc__remember(p, (double)p->allocated);
		HASH_ADD(hh, ps->by_id, id, sizeof(p->id), p);
		row[cnt++] = p;
	}
	list->cnt = 0;
	free(ps->row);
	ps->row = row;
	ps->row_cnt = cnt;
	ps->total = list->total > (int64_t)cnt ? list->total : (int64_t)cnt;
	ps->generated_ns = list->generated_ns;
	forget(ps);
	return 0;
}
