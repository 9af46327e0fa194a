// SPDX-License-Identifier: GPL-2.0-or-later
/* Incidents as variables; see facts.h. */
#include "alert/facts.h"

#include "alert/message.h"
#include "base/text.h"
#include "store/hazards.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_SZ 1024 /* bytes of one value; longer ones are cut */

/* NULL: not known. */
static void add(struct facts *f, const char *name, const char *value)
{
	char clean[VALUE_SZ];

	if (!value || f->cnt == FACTS_MAX)
		return;
	text__copy_printable(clean, sizeof(clean), value, strlen(value));
	if (asprintf(&f->items[f->cnt], "FDSCOPE_%s=%s", name, clean) >= 0)
		f->cnt++;
	f->items[f->cnt] = NULL;
}

static void add_number(struct facts *f, const char *name, uint64_t value)
{
	char text[24];

	if (value == FDS_UNKNOWN)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, value);
	add(f, name, text);
}

static void add_real(struct facts *f, const char *name, double value)
{
	char text[32];

	if (!isfinite(value))
		return;
	snprintf(text, sizeof(text), "%.6g", value);
	add(f, name, text);
}

void facts__init(struct facts *f, const struct incident *i)
{
	char time_text[32], subject[MESSAGE_SUBJECT_SZ];

	*f = (struct facts){};
	add(f, "STEP", alert_step_names[i->step]);
	add(f, "RULE", i->rule);
	add(f, "KIND", rule_kinds[i->kind].name);
	add(f, "SEVERITY", severity_names[i->severity]);
	add(f, "MESSAGE", i->message);
	message__format_subject(i, subject, sizeof(subject));
	add(f, "SUBJECT", subject);
	add_number(f, "ID", i->id);
	add(f, "TIME", message__time(i->opened_s, time_text));
	add_real(f, "VALUE", i->value);
	add_real(f, "THRESHOLD", i->threshold);
	if (i->storm)
		add_number(f, "COUNT", i->member_cnt);
	if (i->subject != SUBJECT_HOST) {
		add_number(f, "UID", i->euid);
		add(f, "USER", i->user);
	}
	if (i->subject != SUBJECT_PROCESS || i->storm)
		return;
	add_number(f, "PID", i->pid);
	add(f, "COMM", i->comm);
	add(f, "EXE", i->exe);
	add(f, "UNIT", i->unit);
	add(f, "CGROUP", i->cgroup);
	add_number(f, "ALLOCATED", i->allocated);
	add_number(f, "SOFT_LIMIT", i->soft);
	add_number(f, "HARD_LIMIT", i->hard);
	if (i->kind != FDS_RULE_HAZARD)
		return;
	add(f, "HAZARD", hazard_names[i->hazard]);
	add(f, "HAZARD_SUMMARY", i->summary);
}

void facts__init_hazard(struct facts *f, const struct hazard *h)
{
	*f = (struct facts){};
	add(f, "HAZARD", hazard_names[h->kind]);
	add(f, "HAZARD_SUMMARY", h->summary);
	add(f, "SEVERITY", severity_names[hazard__severity(h->kind)]);
	add_number(f, "PID", h->pid);
	add(f, "COMM", h->comm);
	add(f, "EXE", h->exe);
	add_number(f, "UID", h->euid);
}

void facts__done(struct facts *f)
{
	for (size_t i = 0; i < f->cnt; i++)
		free(f->items[i]);
	f->cnt = 0;
}
