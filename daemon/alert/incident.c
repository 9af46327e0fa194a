// SPDX-License-Identifier: GPL-2.0-or-later
/* Incidents: made from findings, written as JSON; see incident.h. */
#include "alert/incident.h"

#include "alert/message.h"
#include "base/clock.h"
#include "source/identity.h"
#include "store/hazards.h"
#include "store/row.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* NULL stays NULL; want of memory too: the text is then missing, and nothing else. */
static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void take_identity(struct incident *i, const struct identity *id)
{
	if (!id)
		return;
	i->exe = copy(id->exe);
	i->unit = copy(id->unit);
	i->cgroup = copy(id->cgroup);
}

static void take_row(struct incident *i, struct store *s, struct process *p)
{
	struct json j = {};

	row__emit(&j, s, p);
	if (j.error) {
		json__done(&j);
		return;
	}
	free(i->process);
	i->process = j.data;
	i->process_sz = j.len;
}

/* The last one is told; of want of memory the one before. */
static void take_hazard(struct incident *i, const struct hazard *h)
{
	char *summary = strdup(h->summary);

	if (summary) {
		free(i->summary);
		i->summary = summary;
	}
	/* It was found out when the process was there. */
	if (!i->exe)
		i->exe = copy(h->exe);
}

/* What the subject has at this moment. */
static void take_facts(struct incident *i, const struct finding *f, struct store *s)
{
	if (f->process) {
		take_row(i, s, f->process);
		i->soft = f->process->soft;
		i->hard = f->process->hard;
		if (f->process->table)
			i->allocated = f->process->table->allocated;
	}
	if (f->news && f->news->type == FDS_NEWS_HAZARD) {
		take_hazard(i, f->news->hazard);
	} else if (f->news) {
		i->soft = f->news->soft;
		i->hard = f->news->hard;
		if (f->news->allocated != FDS_COUNT_UNKNOWN)
			i->allocated = f->news->allocated;
	}
}

struct incident *incident__new(const struct finding *f, const struct identity *departed,
			       struct store *s, const struct passwd_names *names)
{
	struct incident *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->id = f->alert;
	i->kind = f->kind;
	snprintf(i->rule, sizeof(i->rule), "%s", f->rule_name);
	/* Both clocks now: a suspend in between must not part them. */
	i->opened_ns = f->since_ns;
	i->opened_s = time(NULL) - (clock__now_ns() - f->since_ns) / NSEC_PER_SEC;
	i->subject = f->subject;
	i->hazard = f->hazard;
	i->pid = f->pid;
	i->tid = f->tid;
	i->start_ns = f->start_ns;
	i->uid = f->uid;
	i->euid = f->euid;
	memcpy(i->comm, f->comm, sizeof(i->comm));
	i->allocated = i->soft = i->hard = FDS_UNKNOWN;
	if (f->subject != SUBJECT_HOST)
		snprintf(i->user, sizeof(i->user), "%s",
			 passwd__name(names, f->euid, (char[PASSWD_NAME_SZ]){}));
	take_identity(i, departed || !f->process ? departed : store__identify(s, f->process));
	incident__apply(i, f, s);
	return i;
}

void incident__free(struct incident *i)
{
	if (!i)
		return;
	free(i->exe);
	free(i->unit);
	free(i->cgroup);
	free(i->summary);
	free(i->process);
	free(i->black_box);
	free(i);
}

void incident__apply(struct incident *i, const struct finding *f, struct store *s)
{
	i->severity = f->severity;
	i->step = f->step;
	i->value = f->value;
	i->threshold = f->threshold;
	if (f->step == ALERT_CLEAR) {
		i->cleared_ns = f->now_ns;
		i->cleared_s = time(NULL);
		i->cleared_why = f->why;
	} else {
		take_facts(i, f, s);
	}
	message__format(i, f, i->message, sizeof(i->message));
}

/* ---- JSON ---- */

static void emit_members(struct json *j, const struct incident *i)
{
	json__emit_bool(j, "storm", i->storm);
	if (!i->storm)
		return;
	json__emit_uint(j, "alerts", i->member_cnt);
	json__begin_array(j, "members");
	for (uint64_t k = 0; k < i->member_cnt && k < INCIDENT_MEMBER_MAX; k++) {
		json__begin_object(j, NULL);
		json__emit_uint(j, "pid", i->members[k].pid);
		json__emit_text_n(j, "comm", i->members[k].comm, strlen(i->members[k].comm));
		json__end_object(j);
	}
	json__end_array(j);
}

/* Numbers of 64 bits that may be unknown or without a limit: both are null. */
static void emit_number(struct json *j, const char *key, uint64_t value)
{
	JSON_UINT_OR_NULL(j, key, value, FDS_UNKNOWN);
}

void incident__emit(struct json *j, const char *key, const struct incident *i, bool whole)
{
	_Static_assert(FDS_UNKNOWN == FDS_RLIM_INFINITY, "one null for both");
	char time_text[32];

	json__begin_object(j, key);
	json__emit_uint(j, "id", i->id);
	json__emit_text(j, "state", i->cleared_ns ? "cleared" : "firing");
	json__emit_text(j, "kind", rule_kinds[i->kind].name);
	json__emit_text(j, "rule", i->rule);
	json__emit_text(j, "hazard",
			i->kind == FDS_RULE_HAZARD && !i->storm ? hazard_names[i->hazard] : NULL);
	json__emit_text(j, "severity", severity_names[i->severity]);
	json__emit_text(j, "step", alert_step_names[i->step]);
	json__emit_text(j, "message", i->message);
	json__emit_uint(j, "time_ns", i->opened_ns);
	json__emit_text(j, "time", message__time(i->opened_s, time_text));
	JSON_UINT_OR_NULL(j, "cleared_ns", i->cleared_ns, 0);
	json__emit_text(j, "cleared_time",
			i->cleared_ns ? message__time(i->cleared_s, time_text) : NULL);
	json__emit_text(j, "cleared_why", i->cleared_why);
	json__emit_real(j, "value", i->value);
	json__emit_real(j, "threshold", i->threshold);
	JSON_UINT_OR_NULL(j, "pid", i->pid, 0);
	json__emit_text(j, "comm", i->pid ? i->comm : NULL);
	if (i->subject == SUBJECT_HOST)
		json__emit_null(j, "uid");
	else
		json__emit_uint(j, "uid", i->euid);
	json__emit_text(j, "user", *i->user ? i->user : NULL);
	json__emit_text(j, "exe", i->exe);
	json__emit_text(j, "unit", i->unit);
	json__emit_text(j, "cgroup", i->cgroup);
	emit_number(j, "allocated", i->allocated);
	emit_number(j, "soft_limit", i->soft);
	emit_number(j, "hard_limit", i->hard);
	emit_members(j, i);
	if (whole) {
		json__emit_json(j, "process", i->process, i->process_sz);
		json__emit_json(j, "black_box", i->black_box, i->black_box_sz);
	}
	json__end_object(j);
}

int incident__format(const struct incident *i, char **ret, size_t *ret_sz)
{
	struct json j = {};

	incident__emit(&j, NULL, i, true);
	json__emit_raw(&j, "\n", 1);
	if (j.error) {
		json__done(&j);
		return j.error;
	}
	*ret = j.data;
	*ret_sz = j.len;
	return 0;
}
