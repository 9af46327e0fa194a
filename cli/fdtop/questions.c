// SPDX-License-Identifier: GPL-2.0-or-later
/* What answers are made of, and where they go; see questions.h. */
#include "fdtop/questions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cells.h"
#include "fdtop/model/value.h"
#include "rows.h"

static int digest_object(const char *body, size_t sz, int64_t arg, void **ret)
{
	json_t *root;
	int err = rows__parse_object(body, sz, &root);

	(void)arg;
	if (!err)
		*ret = root;
	return err;
}

static void free_object(void *digest)
{
	json_decref(digest);
}

/* Functions of the models, in the shape of the table. */
#define DIGEST(name, type, call, release)                                                          \
	static int digest_##name(const char *body, size_t sz, int64_t arg, void **ret)             \
	{                                                                                          \
		type *result = NULL;                                                               \
		int err = call;                                                                    \
                                                                                                   \
		(void)arg;                                                                         \
		*ret = result;                                                                     \
		return err;                                                                        \
	}                                                                                          \
	static void free_##name(void *digest)                                                      \
	{                                                                                          \
		release(digest);                                                                   \
	}

static bool is_of_process(const json_t *row, void *arg)
{
	return value__int(row, "pid") == *(int64_t *)arg;
}

static int parse_failures(const char *body, size_t sz, int64_t pid, struct grid **ret)
{
	return grid__parse(body, sz,
			   &(struct grid_source){
				   .array = "failures",
				   .set = &columns__failure,
				   .columns = "TIME,ERROR,CAUSE,SYSCALL,COUNT,ALLOCATED,SOFT,WHERE",
				   .id_key = "count",
				   .is_wanted = is_of_process,
				   .arg = &pid,
			   },
			   ret);
}

static int parse_incidents(const char *body, size_t sz, struct grid **ret)
{
	return grid__parse(body, sz,
			   &(struct grid_source){
				   .array = "incidents", .set = &columns__incident, .id_key = "id"},
			   ret);
}

DIGEST(list, struct proc_list, proc_list__parse(body, sz, &result), proc_list__free)
DIGEST(sheet, struct sheet, sheet__parse(body, sz, &result), sheet__free)
DIGEST(history, struct sheet, sheet__parse_history(body, sz, &result), sheet__free)
DIGEST(files, struct holdings, holdings__parse(body, sz, &result), holdings__free)
DIGEST(failures, struct grid, parse_failures(body, sz, arg, &result), grid__free)
DIGEST(hazards, struct grid, grid__parse_hazards(body, sz, arg, &result), grid__free)
DIGEST(incidents, struct grid, parse_incidents(body, sz, &result), grid__free)
DIGEST(past_failures, struct grid, events__parse_failures(body, sz, &result), grid__free)
DIGEST(past_alerts, struct grid, events__parse_incidents(body, sz, &result), grid__free)
DIGEST(incident, struct doc, doc__parse_incident(body, sz, &result), doc__free)

/* "char 137, pipe 17": of a sheet the kinds alone. */
static int digest_kinds(const char *body, size_t sz, int64_t arg, void **ret)
{
	struct text kinds = {};
	json_t *root;
	int err = rows__parse_object(body, sz, &root);

	(void)arg;
	if (err)
		return err;
	cell__get_kinds(root, &kinds);
	json_decref(root);
	if (kinds.oom)
		text__done(&kinds);
	*ret = kinds.s;
	return 0;
}

static void free_stream(void *digest)
{
	client__free(digest);
}

const struct question questions__list[ASK_CNT] = {
	[ASK_STATUS] = {ASK_STATUS, digest_object, free_object},
	[ASK_SYSTEM] = {ASK_SYSTEM, digest_object, free_object},
	[ASK_SUMS] = {ASK_SUMS, digest_object, free_object},
	[ASK_LIST] = {ASK_LIST, digest_list, free_list},
	[ASK_KINDS] = {ASK_KINDS, digest_kinds, free},
	[ASK_SHEET] = {ASK_SHEET, digest_sheet, free_sheet},
	[ASK_FILES] = {ASK_FILES, digest_files, free_files},
	[ASK_HISTORY] = {ASK_HISTORY, digest_history, free_history},
	[ASK_FAILURES] = {ASK_FAILURES, digest_failures, free_failures},
	[ASK_HAZARDS] = {ASK_HAZARDS, digest_hazards, free_hazards},
	[ASK_INCIDENTS] = {ASK_INCIDENTS, digest_incidents, free_incidents},
	[ASK_INCIDENT] = {ASK_INCIDENT, digest_incident, free_incident},
	[ASK_PAST_FAILURES] = {ASK_PAST_FAILURES, digest_past_failures, free_past_failures},
	[ASK_PAST_ALERTS] = {ASK_PAST_ALERTS, digest_past_alerts, free_past_alerts},
	[ASK_STREAM] = {ASK_STREAM, NULL, free_stream},
};

static void apply_kinds(struct state *s, struct answer *an)
{
	struct proc *p = procs__find_pid(&s->procs, (int32_t)an->arg);

	if (!p)
		return;
	/* Also where it cannot be told: it is not asked for again at once. */
	p->kinds_ns = s->procs.generated_ns;
	p->kinds_allocated = p->allocated;
	if (an->err)
		return;
	free(p->kinds);
	p->kinds = take_ptr(an->digest);
}

/* In the last line, until a key is pressed. */
static void note_failure(struct state *s, const struct answer *an)
{
	struct text t = {};

	text__add_escaped(&t, an->message, strlen(an->message));
	snprintf(s->note, sizeof(s->note), "%s", text__str(&t));
	text__done(&t);
}

static void apply_list(struct state *s, struct answer *an)
{
	if (an->err) {
		/* Not every tier can sort by everything. */
		if (an->fault == CLIENT_REFUSED && !s->own_order)
			s->own_order = true;
		else
			note_failure(s, an);
		return;
	}
	/* Asked for before it was frozen, and not needed any more. */
	if (s->frozen && s->procs.generation && procs__is_whole(&s->procs))
		return;
	procs__apply(&s->procs, an->digest);
	state__layout(s);
}

static void say_refusal(struct state *s, const struct answer *an)
{
	struct text t = {};

	text__add_escaped(&t, an->message, strlen(an->message));
	snprintf(s->refused, sizeof(s->refused), "%s", text__str(&t));
	text__done(&t);
}

/* A pid that now means another process is not the one that was opened. */
static bool is_same(const struct state *s, const struct sheet *fresh)
{
	return !s->sheet || !memcmp(&s->sheet->proc->id, &fresh->proc->id, sizeof(fresh->proc->id));
}

static void apply_sheet(struct state *s, struct answer *an)
{
	if (an->arg != s->detail_pid)
		return;
	if (an->err == -ENOENT || (!an->err && !is_same(s, an->digest))) {
		s->gone = true;
		s->never_seen = !s->sheet && s->detail_pid == s->named_pid;
	} else if (an->err) {
		say_refusal(s, an);
	} else {
		sheet__free(s->sheet);
		s->sheet = take_ptr(an->digest);
	}
}

/* In place of the one before, if it is of the process that is shown. */
#define REPLACE(member, release)                                                                   \
	do {                                                                                       \
		if (an->err || an->arg != s->detail_pid || s->gone)                                \
			break;                                                                     \
		release(s->member);                                                                \
		s->member = take_ptr(an->digest);                                                  \
	} while (0)

static void apply_incident(struct state *s, struct answer *an)
{
	if (an->arg != s->case_id)
		return;
	if (an->err) {
		note_failure(s, an);
		if (s->view == VIEW_CASE)
			s->view = s->trail_cnt ? s->trail[--s->trail_cnt].view : VIEW_INCIDENTS;
		return;
	}
	doc__free(s->one_case);
	s->one_case = take_ptr(an->digest);
}

void questions__apply(struct state *s, struct answer *an)
{
	switch (an->question->id) {
	case ASK_STATUS:
		if (!an->err)
			host__apply_status(&s->host, an->digest);
		break;
	case ASK_SYSTEM:
		if (!an->err)
			host__apply_system(&s->host, an->digest);
		break;
	case ASK_SUMS:
		if (!an->err)
			host__apply_sums(&s->host, an->digest);
		break;
	case ASK_LIST:
		apply_list(s, an);
		break;
	case ASK_KINDS:
		apply_kinds(s, an);
		break;
	case ASK_SHEET:
		apply_sheet(s, an);
		break;
	case ASK_FILES:
		REPLACE(holdings, holdings__free);
		state__find_fd(s);
		break;
	case ASK_HISTORY:
		REPLACE(history, sheet__free);
		break;
	case ASK_FAILURES:
		REPLACE(failures, grid__free);
		break;
	case ASK_HAZARDS:
		REPLACE(hazards, grid__free);
		break;
	case ASK_INCIDENTS:
		if (!an->err) {
			grid__free(s->cases);
			s->cases = take_ptr(an->digest);
		}
		break;
	case ASK_PAST_FAILURES:
	case ASK_PAST_ALERTS:
		if (!an->err)
			events__merge(&s->news, an->digest);
		break;
	case ASK_INCIDENT:
		apply_incident(s, an);
		break;
	default:
		break;
	}
}

bool questions__apply_event(struct state *s, const char *line, size_t len)
{
	bool shown = events__add_line(&s->news, line, len);

	/* Newest first: a cursor that is not on the newest stays with its event. */
	if (shown && s->events.at)
		s->events.at++;
	return shown;
}
