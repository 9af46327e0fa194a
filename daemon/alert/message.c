// SPDX-License-Identifier: GPL-2.0-or-later
/* Alerts in words; see message.h. */
#include "alert/message.h"

#include "base/text.h"
#include "source/syscalls.h"
#include "store/failures.h"
#include "store/hazards.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *message__time(int64_t unix_s, char buf[static 32])
{
	struct tm tm;

	if (!gmtime_r(&(time_t){unix_s}, &tm) || !strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		*buf = '\0';
	return buf;
}

void message__format_subject(const struct incident *i, char *buf, size_t sz)
{
	char comm[4 * FDS_COMM_SZ + 1];

	switch (i->subject) {
	case SUBJECT_PROCESS:
		text__copy_printable(comm, sizeof(comm), i->comm, strlen(i->comm));
		snprintf(buf, sz, "%s[%u]", comm, i->pid);
		break;
	case SUBJECT_USER:
		snprintf(buf, sz, "user %s", i->user);
		break;
	case SUBJECT_HOST:
		snprintf(buf, sz, i->storm ? "many processes" : "the host");
		break;
	}
}

/* "841 of 1024", as far as it is known. */
static void format_counts(const struct incident *i, char *buf, size_t sz)
{
	if (i->allocated == FDS_UNKNOWN)
		snprintf(buf, sz, "limit %" PRIu64, i->soft);
	else if (i->soft == FDS_UNKNOWN)
		snprintf(buf, sz, "%" PRIu64, i->allocated);
	else
		snprintf(buf, sz, "%" PRIu64 " of %" PRIu64, i->allocated, i->soft);
}

static void format_failure(const struct finding *f, const char *who, const char *counts, char *buf,
			   size_t sz)
{
	const struct news *n = f->news;

	if (!n || f->step == ALERT_REPEAT) {
		snprintf(buf, sz, "%s: %.0f calls refused, at %s descriptors", who, f->value,
			 counts);
		return;
	}
	snprintf(buf, sz, "%s: %s from %s, at %s descriptors (limit met: %s)", who,
		 n->error ? strerrorname_np(n->error) : "descriptors dropped",
		 syscalls__name(n->syscall_nr) ?: "a call", counts, failure__cause_name(n->cause));
}

/* Names of files are in a summary. */
static void format_trap(const char *who, enum fds_hazard_kind kind, const char *summary, char *buf,
			size_t sz)
{
	char clean[HAZARD_SUMMARY_SZ];

	if (!summary || !*summary)
		summary = hazard_texts[kind];
	text__copy_printable(clean, sizeof(clean), summary, strlen(summary));
	snprintf(buf, sz, "%s: %s: %s", who, hazard_names[kind], clean);
}

static void format_value(const struct incident *i, const struct finding *f, char *buf, size_t sz)
{
	char who[MESSAGE_SUBJECT_SZ], counts[64], value[32];

	message__format_subject(i, who, sizeof(who));
	format_counts(i, counts, sizeof(counts));
	rule__format_value(f->kind, f->value, value, sizeof(value));
	switch (f->kind) {
	case FDS_RULE_USED:
		snprintf(buf, sz, "%s has %s of its descriptors in use: %s", who, value, counts);
		break;
	case FDS_RULE_HIGHEST:
		snprintf(buf, sz, "%s uses numbers up to %s of its limit, with %s descriptors", who,
			 value, counts);
		break;
	case FDS_RULE_FAILURE:
		format_failure(f, who, counts, buf, sz);
		break;
	case FDS_RULE_HAZARD:
		format_trap(who, i->hazard, i->summary, buf, sz);
		break;
	case FDS_RULE_EXHAUSTION:
		snprintf(buf, sz, "%s runs out of descriptors in %s at its steady growth: %s", who,
			 value, counts);
		break;
	case FDS_RULE_LIMIT_EXCESSIVE:
		if (i->soft == FDS_RLIM_INFINITY)
			snprintf(buf, sz, "%s has no limit of descriptors", who);
		else
			snprintf(buf, sz,
				 "%s may have %s descriptors, more than most programs "
				 "are prepared for",
				 who, value);
		break;
	case FDS_RULE_FILE_NR:
		snprintf(buf, sz, "%s has %s open file descriptions", who, value);
		break;
	case FDS_RULE_FILE_NR_USED:
		snprintf(buf, sz, "%s has %s of fs.file-max in use", who, value);
		break;
	case FDS_RULE_FILE_NR_GROWTH:
		snprintf(buf, sz, "open file descriptions of %s grow steadily, by %s an hour", who,
			 value);
		break;
	case FDS_RULE_FILE_NR_EXHAUSTION:
		snprintf(buf, sz, "%s reaches fs.file-max in %s at its steady growth", who, value);
		break;
	default:
		snprintf(buf, sz, "%s has %s of its %s in use", who, value,
			 rule_kinds[f->kind].name);
		break;
	}
}

void message__format(const struct incident *i, const struct finding *f, char *buf, size_t sz)
{
	char who[MESSAGE_SUBJECT_SZ], was[INCIDENT_MESSAGE_SZ];
	size_t len;

	if (f->step != ALERT_CLEAR) {
		format_value(i, f, buf, sz);
		return;
	}
	/* What it was about is worth more than its name. */
	snprintf(was, sizeof(was), "%s", i->message);
	message__format_subject(i, who, sizeof(who));
	len = snprintf(buf, sz, "%s: %s is over", who, rule_kinds[f->kind].name);
	if (f->why && len < sz)
		len += snprintf(buf + len, sz - len, ", %s", f->why);
	if (*was && len < sz)
		snprintf(buf + len, sz - len, "; it was: %s",
			 !strncmp(was, who, strlen(who))
				 ? was + strlen(who) + strspn(was + strlen(who), ": ")
				 : was);
}

void message__format_hazard(const struct hazard *h, char *buf, size_t sz)
{
	char comm[4 * FDS_COMM_SZ + 1], who[MESSAGE_SUBJECT_SZ];

	text__copy_printable(comm, sizeof(comm), h->comm, strlen(h->comm));
	snprintf(who, sizeof(who), "%s[%u]", comm, h->pid);
	format_trap(who, h->kind, h->summary, buf, sz);
}

void message__format_storm(const struct incident *i, char *buf, size_t sz)
{
	const char *plural = i->member_cnt == 1 ? "" : "s";

	if (i->cleared_ns)
		snprintf(buf, sz, "storm is over: %" PRIu64 " alert%s of rule %s", i->member_cnt,
			 plural, i->rule);
	else if (i->member_cnt == 1)
		/* Of those that were told singly before nobody speaks here. */
		snprintf(buf, sz, "storm: more alerts of rule %s than are told one by one",
			 i->rule);
	else
		snprintf(buf, sz, "storm: %" PRIu64 " alerts of rule %s, told as one",
			 i->member_cnt, i->rule);
}
