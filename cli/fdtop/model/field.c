// SPDX-License-Identifier: GPL-2.0-or-later
/* What the list of processes shows and sorts by; see field.h. */
#include "fdtop/model/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fdtop/model/value.h"
#include "human.h"

#define LEFT_MAX_S (30.0 * 86400) /* beyond, figures only take room */

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* A number with its comparison, and whether it is known. */
#define NUMBER(name, member)                                                                       \
	static int compare_##name(const struct proc *a, const struct proc *b)                      \
	{                                                                                          \
		return COMPARE(a->member, b->member);                                              \
	}                                                                                          \
	static bool knows_##name(const struct proc *p)                                             \
	{                                                                                          \
		return p->member != VALUE_UNKNOWN;                                                 \
	}

#define REAL(name, member)                                                                         \
	static int compare_##name(const struct proc *a, const struct proc *b)                      \
	{                                                                                          \
		return COMPARE(a->member, b->member);                                              \
	}                                                                                          \
	static bool knows_##name(const struct proc *p)                                             \
	{                                                                                          \
		return !isnan(p->member);                                                          \
	}

#define TEXT(name, which)                                                                          \
	static int compare_##name(const struct proc *a, const struct proc *b)                      \
	{                                                                                          \
		return strcmp(proc__text(a, which), proc__text(b, which));                         \
	}                                                                                          \
	static bool knows_##name(const struct proc *p)                                             \
	{                                                                                          \
		return *proc__text(p, which);                                                      \
	}                                                                                          \
	static void format_##name(const struct proc *p, struct text *out)                          \
	{                                                                                          \
		text__add(out, proc__text(p, which));                                              \
	}

NUMBER(pid, id.pid)
NUMBER(fds, allocated)
NUMBER(limit, soft)
NUMBER(highest, highest)
NUMBER(peak, peak)
NUMBER(failures, failures)
NUMBER(opens, opens)
REAL(used, used)
REAL(growth, growth)
REAL(left, exhaustion)
TEXT(user, PROC_USER)
TEXT(unit, PROC_UNIT)

static void add_count(int64_t v, struct text *out)
{
	if (v == VALUE_UNLIMITED)
		text__add(out, "unlimited");
	else if (v != VALUE_UNKNOWN)
		text__addf(out, "%jd", (intmax_t)v);
}

static void format_pid(const struct proc *p, struct text *out)
{
	if (p->member_cnt)
		return; /* it has many */
	if (p->id.tid != p->id.pid)
		text__addf(out, "%d/%d", p->id.pid, p->id.tid);
	else
		text__addf(out, "%d", p->id.pid);
}

static void format_fds(const struct proc *p, struct text *out)
{
	add_count(p->allocated, out);
}

static void format_limit(const struct proc *p, struct text *out)
{
	/* Of kernel threads and zombies no limit matters. */
	if (!p->member_cnt && p->table != VALUE_UNKNOWN)
		add_count(p->soft, out);
}

static void format_used(const struct proc *p, struct text *out)
{
	if (!isnan(p->used))
		human__add_ratio(out, p->used);
}

static void format_highest(const struct proc *p, struct text *out)
{
	add_count(p->highest, out);
}

static void format_peak(const struct proc *p, struct text *out)
{
	add_count(p->peak, out);
}

static void format_growth(const struct proc *p, struct text *out)
{
	if (fabs(p->growth) >= 0.005)
		human__add_rate(out, p->growth);
	else if (!isnan(p->growth))
		text__add(out, "0");
}

static void format_left(const struct proc *p, struct text *out)
{
	if (p->exhaustion < FIELD_NOW_S)
		text__add(out, "now");
	else if (p->exhaustion > LEFT_MAX_S)
		text__add(out, ">30d");
	else if (!isnan(p->exhaustion))
		human__add_seconds(out, p->exhaustion);
}

static void format_failures(const struct proc *p, struct text *out)
{
	add_count(p->failures, out);
}

static void format_opens(const struct proc *p, struct text *out)
{
	add_count(p->opens, out);
}

static void format_kinds(const struct proc *p, struct text *out)
{
	text__add(out, p->kinds ? p->kinds : "");
}

static bool knows_kinds(const struct proc *p)
{
	return p->kinds && *p->kinds;
}

/* Kinds of "tcp 60, char 4". */
static int count_kinds(const char *s)
{
	int cnt = 1;

	while ((s = strchr(s, ','))) {
		cnt++;
		s++;
	}
	return cnt;
}

/* How many there are of the first, which is the largest. */
static long most_of_kind(const char *s)
{
	const char *blank = strchr(s, ' ');

	return blank ? strtol(blank, NULL, 10) : 0;
}

static int compare_kinds(const struct proc *a, const struct proc *b)
{
	int c = COMPARE(count_kinds(a->kinds), count_kinds(b->kinds));

	return c ? c : COMPARE(most_of_kind(a->kinds), most_of_kind(b->kinds));
}

/* The trend is sorted by how much the count changed over it. */
static double change(const struct proc *p)
{
	return p->trend[p->trend_cnt - 1] - p->trend[0];
}

static bool knows_trend(const struct proc *p)
{
	return p->trend_cnt > 1;
}

static int compare_trend(const struct proc *a, const struct proc *b)
{
	return COMPARE(change(a), change(b));
}

static void format_trend(const struct proc *p, struct text *out)
{
	if (knows_trend(p))
		text__addf(out, "%+.0f", change(p));
}

static int compare_command(const struct proc *a, const struct proc *b)
{
	struct text x = {}, y = {};
	int c = strcmp(proc__command(a, &x), proc__command(b, &y));

	text__done(&x);
	text__done(&y);
	return c;
}

static bool knows_command(const struct proc *p)
{
	(void)p;
	return true;
}

static void format_command(const struct proc *p, struct text *out)
{
	struct text buf = {};

	text__add(out, proc__command(p, &buf));
	text__done(&buf);
}

#define SORTED(name) compare_##name, knows_##name, format_##name

/* The bar and the trend are drawn by the view. */
const struct field field__list[FIELD_CNT] = {
	[FIELD_PID] = {"pid", "PID", "process id; PID/TID for a thread with a table of its own",
		       NULL, 6, 0, 1, true, true, SORTED(pid)},
	[FIELD_USER] = {"user", "USER", "effective user", NULL, 8, 10, 6, false, true,
			SORTED(user)},
	[FIELD_FDS] = {"fds", "FDS", "descriptors that count against the limit", "allocated", 6, 0,
		       2, true, false, SORTED(fds)},
	[FIELD_LIMIT] = {"limit", "LIMIT", "soft limit (RLIMIT_NOFILE)", NULL, 6, 0, 4, true, false,
			 SORTED(limit)},
	[FIELD_USED] = {"used", "USED", "part of the soft limit in use; of a group the worst",
			"used", 14, 0, 3, false, false, SORTED(used)},
	[FIELD_HIGHEST] = {"highest", "HIGH", "highest descriptor in use", "highest", 5, 0, 9, true,
			   false, SORTED(highest)},
	[FIELD_PEAK] = {"peak", "PEAK", "most descriptors since the daemon first saw it", NULL, 5,
			0, 12, true, false, SORTED(peak)},
	[FIELD_GROWTH] = {"growth", "GROWTH", "net growth per second", "growth", 7, 0, 5, true,
			  false, SORTED(growth)},
	[FIELD_TREND] = {"trend", "TREND", "its count in the last refreshes", NULL, 10, 24, 10,
			 false, false, SORTED(trend)},
	[FIELD_LEFT] = {"left", "LEFT", "time to the soft limit at this growth", NULL, 6, 0, 7,
			true, true, SORTED(left)},
	[FIELD_FAILURES] = {"failures", "FAIL", "calls refused for want of a descriptor", NULL, 4,
			    0, 8, true, false, SORTED(failures)},
	[FIELD_OPENS] = {"opens", "OPENS", "descriptors made since the daemon first saw it",
			 "opens", 6, 0, 14, true, false, SORTED(opens)},
	[FIELD_KINDS] = {"kinds", "KINDS",
			 "what its descriptors are; sorted by how many kinds, then by the most",
			 NULL, 26, 40, 11, false, false, SORTED(kinds)},
	[FIELD_UNIT] = {"unit", "UNIT", "systemd unit", NULL, 20, 28, 13, false, true,
			SORTED(unit)},
	[FIELD_COMMAND] = {"command", "COMMAND", "command line", NULL, 12, 10000, 0, false, true,
			   SORTED(command)},
};

enum field_id field__find(const char *name)
{
	enum field_id i = 0;

	while (i < FIELD_CNT && strcmp(field__list[i].name, name))
		i++;
	return i;
}

enum field_id field__guess(const char *text)
{
	enum field_id hit = FIELD_CNT;
	size_t len = strlen(text);

	for (enum field_id i = 0; i < FIELD_CNT; i++) {
		const struct field *f = &field__list[i];

		if (!strcasecmp(f->name, text) || !strcasecmp(f->heading, text))
			return i;
	}
	for (enum field_id i = 0; i < FIELD_CNT && len; i++) {
		const struct field *f = &field__list[i];

		if (strncasecmp(f->name, text, len) && strncasecmp(f->heading, text, len))
			continue;
		if (hit < FIELD_CNT)
			return FIELD_CNT;
		hit = i;
	}
	return hit;
}

int field__order(enum field_id field, bool reverse, const struct proc *a, const struct proc *b)
{
	const struct field *f = &field__list[field];
	bool knows_a = f->is_known(a), knows_b = f->is_known(b);
	int c = 0;

	if (knows_a != knows_b)
		return knows_a ? -1 : 1;
	if (knows_a)
		c = f->compare(a, b);
	if (f->ascending == reverse)
		c = -c;
	return c ? c : COMPARE(a->id.pid, b->id.pid);
}
