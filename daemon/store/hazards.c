// SPDX-License-Identifier: GPL-2.0-or-later
/* Traps that programs stepped into; see hazards.h. */
#include "store/hazards.h"

#include "base/text.h"
#include "store/places.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

const char *const hazard_names[FDS_HAZARD_CNT] = {
#define X(id, name, severity, what) [FDS_HAZARD_##id] = (name),
	FDS_HAZARDS(X)
#undef X
};

const char *const hazard_texts[FDS_HAZARD_CNT] = {
#define X(id, name, severity, what) [FDS_HAZARD_##id] = (what),
	FDS_HAZARDS(X)
#undef X
};

static const char *const severities[] = {
#define X(id, name) [FDS_SEVERITY_##id] = (name),
	FDS_SEVERITIES(X)
#undef X
};

enum fds_severity hazard__severity(enum fds_hazard_kind kind)
{
	static const enum fds_severity list[FDS_HAZARD_CNT] = {
#define X(id, name, severity, what) [FDS_HAZARD_##id] = FDS_SEVERITY_##severity,
		FDS_HAZARDS(X)
#undef X
	};

	return list[kind];
}

static void make_key(char *buf, const struct hazard_step *s)
{
	snprintf(buf, HAZARD_KEY_SZ, "%d %u %s %s", s->kind, s->uid, s->exe ?: s->comm,
		 s->key ?: "");
}

static void drop(struct hazard_log *log, struct hazard *h)
{
	DL_DELETE(log->list, h);
	log->cnt--;
	free(h->exe);
	free(h->stack);
	free(h);
}

static struct hazard *add(struct hazard_log *log, const char *key, const struct hazard_step *s)
{
	struct hazard *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	strcpy(h->key, key);
	h->kind = s->kind;
	h->first_ns = s->time_ns;
	log->cnt++;
	DL_PREPEND(log->list, h);
	if (log->cnt > HAZARDS_MAX) {
		drop(log, log->list->prev);
		log->evicted++;
	}
	return h;
}

/* The last step is the one that is shown. */
static void update(struct hazard *h, const struct hazard_step *s)
{
	h->last_ns = s->time_ns;
	h->last_cnt = s->cnt;
	h->start_ns = s->start_ns;
	h->pid = s->pid;
	h->tid = s->tid;
	h->uid = s->uid;
	h->euid = s->euid;
	h->other_pid = s->other_pid;
	h->fd = s->fd;
	h->target_fd = s->target_fd;
	h->other_fd = s->other_fd;
	h->ofd = s->ofd;
	h->dev = s->dev;
	h->inode = s->inode;
	h->bytes = s->bytes;
	h->contended = s->contended;
	snprintf(h->comm, sizeof(h->comm), "%s", s->comm);
	snprintf(h->other_comm, sizeof(h->other_comm), "%s", s->other_comm ?: "");
	snprintf(h->op, sizeof(h->op), "%s", s->op ?: "");
	snprintf(h->name, sizeof(h->name), "%s", s->name ?: "");
	snprintf(h->summary, sizeof(h->summary), "%s", s->summary ?: "");
	if (!h->exe && s->exe)
		h->exe = strdup(s->exe);
	if (s->place_cnt) {
		char *stack = places__join(s->places, s->place_cnt);

		if (stack) {
			free(h->stack);
			h->stack = stack;
			h->stack_id = s->stack_id;
		}
	}
}

static struct hazard *find(const struct hazard_log *log, const char *key)
{
	struct hazard *h;

	DL_FOREACH (log->list, h)
		if (!strcmp(h->key, key))
			return h;
	return NULL;
}

const struct hazard *hazard_log__apply(struct hazard_log *log, const struct hazard_step *step,
				       bool *ret_news)
{
	char key[HAZARD_KEY_SZ];
	struct hazard *h;
	bool known;

	make_key(key, step);
	h = find(log, key);
	known = h;
	if (h) {
		DL_DELETE(log->list, h);
		DL_PREPEND(log->list, h);
	} else {
		h = add(log, key, step);
		if (!h)
			return NULL;
	}
	if (!known || !step->lasts) {
		uint32_t cnt = known || step->cnt ? step->cnt : 1;

		h->cnt += cnt;
		log->steps[step->kind] += cnt;
	}
	h->goes_on = known && step->lasts;
	update(h, step);
	if (ret_news)
		*ret_news = !known;
	return h;
}

void hazard_log__done(struct hazard_log *log)
{
	while (log->list)
		drop(log, log->list);
}

static void emit_fd(struct json *j, const char *key, int32_t fd)
{
	if (fd < 0)
		json__emit_null(j, key);
	else
		json__emit_int(j, key, fd);
}

static void emit_text(struct json *j, const char *key, const char *text)
{
	if (text[0])
		json__emit_text_n(j, key, text, strlen(text));
	else
		json__emit_null(j, key);
}

void hazard__emit(struct json *j, const struct hazard *h, bool with_stack)
{
	json__emit_uint(j, "pid", h->pid);
	emit_text(j, "comm", h->comm);
	json__emit_uint(j, "uid", h->euid);
	json__emit_text(j, "exe", h->exe);
	json__emit_text(j, "kind", hazard_names[h->kind]);
	json__emit_text(j, "severity", severities[hazard__severity(h->kind)]);
	json__emit_uint(j, "time_ns", h->last_ns);
	json__emit_uint(j, "first_ns", h->first_ns);
	json__emit_uint(j, "count", h->cnt);
	json__emit_uint(j, "tid", h->tid);
	emit_fd(j, "fd", h->fd);
	emit_fd(j, "target_fd", h->target_fd);
	emit_text(j, "op", h->op);
	if (h->ofd)
		json__emit_textf(j, "ofd", "%016" PRIx64, h->ofd);
	else
		json__emit_null(j, "ofd");
	if (h->inode)
		json__emit_textf(j, "dev", "%u:%u", FDS_DEV_MAJOR(h->dev), FDS_DEV_MINOR(h->dev));
	else
		json__emit_null(j, "dev");
	JSON_UINT_OR_NULL(j, "inode", h->inode, 0);
	emit_text(j, "name", h->name);
	JSON_UINT_OR_NULL(j, "bytes", h->bytes, FDS_UNKNOWN);
	JSON_UINT_OR_NULL(j, "other_pid", h->other_pid, 0);
	emit_text(j, "other_comm", h->other_comm);
	emit_fd(j, "other_fd", h->other_fd);
	if (h->contended < 0)
		json__emit_null(j, "contended");
	else
		json__emit_bool(j, "contended", h->contended);
	json__emit_text(j, "summary", h->summary);
	if (h->stack_id && with_stack)
		json__emit_textf(j, "stack_id", "%016" PRIx64, h->stack_id);
	else
		json__emit_null(j, "stack_id");
	places__emit(j, with_stack ? h->stack : NULL);
}
