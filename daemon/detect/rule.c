// SPDX-License-Identifier: GPL-2.0-or-later
/* What a rule means: defaults, contradictions, hysteresis, matching; see rule.h. */
#include "detect/rule.h"

#include "base/clock.h"
#include "base/why.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_NS (3600 * NSEC_PER_SEC)

const struct rule_kind_info rule_kinds[FDS_RULE_CNT] = {
#define X(id, name, unit, subject, rising, what)                                                   \
	[FDS_RULE_##id] = {name, UNIT_##unit, SUBJECT_##subject, rising, what},
	FDS_RULE_KINDS(X)
#undef X
};

const char *const rule_field_names[RULE_FIELD_CNT + 1] = {
#define X(id, name) [RULE_FIELD_##id] = (name),
	RULE_FIELDS(X)
#undef X
};

const char *const severity_names[FDS_SEVERITY_CNT] = {
#define X(id, name) [FDS_SEVERITY_##id] = (name),
	FDS_SEVERITIES(X)
#undef X
};

const char *const alert_step_names[ALERT_STEP_CNT] = {
#define X(id, name) [ALERT_##id] = (name),
	FDS_ALERT_STEPS(X)
#undef X
};

/* ---- defaults ---- */

void rule__init(struct rule *r, const char *name)
{
	*r = (struct rule){
		.kind = FDS_RULE_CNT,
		.enabled = 1,
		.warn.unit = UNIT_BY_KIND,
		.critical.unit = UNIT_BY_KIND,
		.for_ns = RULE_FOR_BY_KIND,
		.repeat_ns = 6 * HOUR_NS,
		.clear_after_ns = 60 * NSEC_PER_SEC,
		.hooks = "all",
		.raise_ceiling = 65536,
	};
	snprintf(r->name, sizeof(r->name), "%s", name);
}

/* A threshold of 0 is none: such a rule waits for one, as `file-nr` does. */
static const struct {
	enum fds_rule_kind kind;
	double warn, critical;
	uint64_t for_ns;
	const char *hooks;
} built_in[] = {
	{FDS_RULE_USED, 80, 95, 0, "all"},
	/* A number far above the count: opening takes the lowest, so there is time. */
	{FDS_RULE_HIGHEST, 95, 0, 60 * NSEC_PER_SEC, "all"},
	{FDS_RULE_FAILURE, 0, 1, 0, "all"},
	/* A mistake in a program, which has been there for long: no reason to get up at night. */
	{FDS_RULE_HAZARD, 1, 0, 0, "all"},
	{FDS_RULE_EXHAUSTION, 4 * 3600, 3600, 60 * NSEC_PER_SEC, "all"},
	/* Above what fs.nr_open allows by default.  Worth knowing, not worth waking anybody. */
	{FDS_RULE_LIMIT_EXCESSIVE, 1048577, 0, 0, "none"},
	{FDS_RULE_FILE_NR, 0, 0, 0, "all"},
	{FDS_RULE_FILE_NR_USED, 80, 95, 0, "all"},
	{FDS_RULE_FILE_NR_GROWTH, 0, 0, 0, "all"},
	{FDS_RULE_FILE_NR_EXHAUSTION, 4 * 3600, 3600, 60 * NSEC_PER_SEC, "all"},
	{FDS_RULE_INOTIFY_INSTANCES, 80, 95, 0, "all"},
	{FDS_RULE_INOTIFY_WATCHES, 80, 95, 0, "all"},
	{FDS_RULE_EPOLL_WATCHES, 80, 95, 0, "all"},
	{FDS_RULE_PIPE_PAGES, 80, 95, 0, "all"},
};

static void set_threshold(struct threshold *t, enum fds_rule_kind kind, double value)
{
	t->value = value;
	t->unit = value > 0 ? rule_kinds[kind].unit : UNIT_NONE;
}

static const char *const trap_names[FDS_HAZARD_CNT] = {
#define X(id, name, severity, what) [FDS_HAZARD_##id] = (name),
	FDS_HAZARDS(X)
#undef X
};

#define X(id, name, severity, what)                                                                \
	| (uint32_t)(FDS_SEVERITY_##severity == FDS_SEVERITY_CRITICAL) << FDS_HAZARD_##id
static const uint32_t critical_traps = 0 FDS_HAZARDS(X);
#undef X

/* Those that lose data.  Of the others most hosts have some; they are in the list. */
static void match_critical(struct rule *r)
{
	char *globs = r->match[RULE_FIELD_HAZARD];

	for (int k = 0; k < FDS_HAZARD_CNT; k++) {
		size_t len = strlen(globs);

		if (critical_traps & 1u << k)
			snprintf(globs + len, RULE_GLOBS_SZ - len, "%s%s", len ? " " : "",
				 trap_names[k]);
	}
}

size_t rule__fill_built_in(struct rule *rules, size_t max)
{
	size_t cnt = 0;

	for (; cnt < sizeof(built_in) / sizeof(built_in[0]) && cnt < max; cnt++) {
		struct rule *r = &rules[cnt];
		enum fds_rule_kind kind = built_in[cnt].kind;

		rule__init(r, rule_kinds[kind].name);
		r->kind = kind;
		r->built_in = 1;
		r->for_ns = built_in[cnt].for_ns;
		set_threshold(&r->warn, kind, built_in[cnt].warn);
		set_threshold(&r->critical, kind, built_in[cnt].critical);
		snprintf(r->hooks, sizeof(r->hooks), "%s", built_in[cnt].hooks);
		if (kind == FDS_RULE_HAZARD)
			match_critical(r);
	}
	return cnt;
}

/* ---- contradictions ---- */

static bool is_set(const struct threshold *t)
{
	return t->unit != UNIT_NONE;
}

/* Whether `a` is the worse of two values. */
static bool is_beyond(enum fds_rule_kind kind, double a, double b)
{
	return rule_kinds[kind].rising ? a > b : a < b;
}

static int check_unit(const struct rule *r, const char *key, const struct threshold *t,
		      char **ret_error)
{
	static const char *const wanted[] = {
		[UNIT_PERCENT] = "per cent, as in 80%",
		[UNIT_COUNT] = "a number, as in 100000",
		[UNIT_DURATION] = "a time, as in 4h",
	};
	enum rule_unit unit = rule_kinds[r->kind].unit;

	if (!is_set(t) || t->unit == unit)
		return 0;
	return why__format(ret_error, -EINVAL, "%s of a rule of kind %s is %s", key,
			   rule_kinds[r->kind].name, wanted[unit]);
}

static int check_clear(const struct rule *r, const char *key, const struct threshold *t,
		       const char *clear_key, const struct threshold *clear, char **ret_error)
{
	if (!is_set(clear))
		return 0;
	if (!is_set(t))
		return why__format(ret_error, -EINVAL, "%s without %s", clear_key, key);
	if (rule_kind__is_event(r->kind) || is_beyond(r->kind, t->value, clear->value))
		return 0;
	return why__format(ret_error, -EINVAL, "%s must be %s %s, else it would never end",
			   clear_key, rule_kinds[r->kind].rising ? "below" : "above", key);
}

static int check_thresholds(const struct rule *r, char **ret_error)
{
	char warn[32], critical[32];
	int err = check_unit(r, "warn", &r->warn, ret_error);

	if (!err)
		err = check_unit(r, "warn-clear", &r->warn_clear, ret_error);
	if (!err)
		err = check_unit(r, "critical", &r->critical, ret_error);
	if (!err)
		err = check_unit(r, "critical-clear", &r->critical_clear, ret_error);
	if (err)
		return err;
	if (is_set(&r->warn) && is_set(&r->critical) &&
	    !is_beyond(r->kind, r->critical.value, r->warn.value)) {
		rule__format_value(r->kind, r->warn.value, warn, sizeof(warn));
		rule__format_value(r->kind, r->critical.value, critical, sizeof(critical));
		return why__format(ret_error, -EINVAL, "critical (%s) must be %s warn (%s)",
				   critical, rule_kinds[r->kind].rising ? "above" : "below", warn);
	}
	err = check_clear(r, "warn", &r->warn, "warn-clear", &r->warn_clear, ret_error);
	return err
		       ?: check_clear(r, "critical", &r->critical, "critical-clear",
				      &r->critical_clear, ret_error);
}

/* In place of what was not said, unless it contradicts `other`. */
static void complete(struct threshold *t, enum fds_rule_kind kind, double value,
		     const struct threshold *other, bool is_critical)
{
	double beyond = is_critical ? value : other->value;
	double before = is_critical ? other->value : value;

	if (t->unit != UNIT_BY_KIND)
		return;
	set_threshold(t, kind, value);
	if (is_set(t) && is_set(other) && other->unit != UNIT_BY_KIND &&
	    !is_beyond(kind, beyond, before))
		*t = (struct threshold){};
}

void rule__complete(struct rule *r)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
		if (built_in[i].kind != r->kind)
			continue;
		complete(&r->warn, r->kind, built_in[i].warn, &r->critical, false);
		complete(&r->critical, r->kind, built_in[i].critical, &r->warn, true);
		if (r->for_ns == RULE_FOR_BY_KIND)
			r->for_ns = built_in[i].for_ns;
	}
}

static const char *const cause_names[FDS_CAUSE_CNT] = {
#define X(id, name) (name),
	FDS_CAUSES(X)
#undef X
};

/* Fields whose values are known, of rules of one kind alone. */
static const struct {
	enum rule_field field;
	enum fds_rule_kind kind;
	const char *const *names;
	uint32_t cnt;
	const char *some;
} closed[] = {
	{RULE_FIELD_CAUSE, FDS_RULE_FAILURE, cause_names, FDS_CAUSE_CNT, "nofile, file-max"},
	{RULE_FIELD_HAZARD, FDS_RULE_HAZARD, trap_names, FDS_HAZARD_CNT, "epoll-fork, exec-leak"},
};

#define CLOSED_CNT (sizeof(closed) / sizeof(closed[0]))

/* A pattern that no value fits would match nothing, ever. */
static int check_values(const struct rule *r, size_t of, char **ret_error)
{
	char globs[RULE_GLOBS_SZ], *rest = globs, *glob;

	memcpy(globs, r->match[closed[of].field], sizeof(globs));
	while ((glob = strsep(&rest, " \t"))) {
		bool fits_one = !*glob;

		for (uint32_t i = 0; i < closed[of].cnt; i++)
			fits_one |= !fnmatch(glob + (*glob == '!'), closed[of].names[i], 0);
		if (!fits_one)
			return why__format(ret_error, -EINVAL,
					   "there is no %s \"%s\"; there are %s and "
					   "those of fdscope.conf(5)",
					   rule_field_names[closed[of].field], glob,
					   closed[of].some);
	}
	return 0;
}

static int check_closed(const struct rule *r, char **ret_error)
{
	int err = 0;

	for (size_t i = 0; i < CLOSED_CNT && !err; i++) {
		if (rule__asks(r, closed[i].field) && r->kind != closed[i].kind)
			return why__format(
				ret_error, -EINVAL, "only rules of kind %s can match by %s",
				rule_kinds[closed[i].kind].name, rule_field_names[closed[i].field]);
		err = check_values(r, i, ret_error);
	}
	return err;
}

static int check_fields(const struct rule *r, char **ret_error)
{
	enum rule_subject subject = rule_kinds[r->kind].subject;

	for (enum rule_field f = 0; f < RULE_FIELD_CNT; f++) {
		if (!rule__asks(r, f))
			continue;
		if (subject == SUBJECT_HOST)
			return why__format(ret_error, -EINVAL,
					   "%s is about the host: it cannot match by %s",
					   rule_kinds[r->kind].name, rule_field_names[f]);
		if (subject == SUBJECT_USER && f != RULE_FIELD_USER)
			return why__format(ret_error, -EINVAL,
					   "%s is about users: it can match by user, not by %s",
					   rule_kinds[r->kind].name, rule_field_names[f]);
	}
	return check_closed(r, ret_error);
}

int rule__check(const struct rule *r, char **ret_error)
{
	int err;

	if (r->kind == FDS_RULE_CNT)
		return why__format(ret_error, -EINVAL, "it needs a kind=");
	err = check_thresholds(r, ret_error);
	if (!err)
		err = check_fields(r, ret_error);
	if (err)
		return err;
	if (!r->built_in && r->enabled && !is_set(&r->warn) && !is_set(&r->critical))
		return why__format(ret_error, -EINVAL,
				   "it has neither warn= nor critical=, so it would never alarm");
	if (rule_kind__is_event(r->kind) && r->for_ns)
		return why__format(ret_error, -EINVAL,
				   "%ss are told at once: for= has no meaning here",
				   rule_kinds[r->kind].name);
	if (r->raise_soft && rule_kinds[r->kind].subject != SUBJECT_PROCESS)
		return why__format(ret_error, -EINVAL, "raise-soft is for rules about processes");
	if (r->raise_soft && r->kind == FDS_RULE_LIMIT_EXCESSIVE)
		return why__format(ret_error, -EINVAL,
				   "raise-soft would make an excessive limit worse");
	if (r->raise_soft && r->kind == FDS_RULE_HAZARD)
		return why__format(ret_error, -EINVAL, "raise-soft helps against no hazard");
	if (r->raise_soft && !is_set(&r->critical))
		return why__format(ret_error, -EINVAL,
				   "raise-soft acts when it becomes critical, and it never "
				   "does: critical= is not set");
	return 0;
}

/* ---- values ---- */

double rule__threshold(const struct rule *r, enum fds_severity severity)
{
	const struct threshold *t = severity == FDS_SEVERITY_CRITICAL ? &r->critical : &r->warn;

	return severity != FDS_SEVERITY_NONE && is_set(t) ? t->value : NAN;
}

/* Where an alarm ends; if that was not said, a little away from where it begins. */
static double clear_value(const struct threshold *t, const struct threshold *clear)
{
	if (is_set(clear))
		return clear->value;
	if (t->unit == UNIT_DURATION)
		return t->value * 1.25;
	return t->unit == UNIT_PERCENT && t->value > 10 ? t->value - 5 : t->value * 0.95;
}

/* At a threshold or beyond it; or not yet back at where it ends. */
static bool holds(const struct rule *r, double value, const struct threshold *t,
		  const struct threshold *clear, bool now)
{
	if (!is_set(t))
		return false;
	if (!is_beyond(r->kind, t->value, value))
		return true;
	return now && is_beyond(r->kind, value, clear_value(t, clear));
}

enum fds_severity rule__judge(const struct rule *r, double value, enum fds_severity now)
{
	if (!r->enabled || isnan(value))
		return FDS_SEVERITY_NONE;
	if (holds(r, value, &r->critical, &r->critical_clear, now == FDS_SEVERITY_CRITICAL))
		return FDS_SEVERITY_CRITICAL;
	if (holds(r, value, &r->warn, &r->warn_clear, now >= FDS_SEVERITY_WARN))
		return FDS_SEVERITY_WARN;
	/* Down from critical, where nothing else is said: until the alarm's own end. */
	return FDS_SEVERITY_NONE;
}

static bool fits(const char *glob, const char *text, const char *other)
{
	return (text && !fnmatch(glob, text, 0)) || (other && !fnmatch(glob, other, 0));
}

bool rule__field_matches(const struct rule *r, enum rule_field field, const char *text,
			 const char *other)
{
	bool wanted = false, any = false;
	char globs[RULE_GLOBS_SZ], *rest = globs, *glob;

	if (!rule__asks(r, field))
		return true;
	memcpy(globs, r->match[field], sizeof(globs));
	while ((glob = strsep(&rest, " \t"))) {
		if (*glob == '!') {
			if (fits(glob + 1, text, other))
				return false;
		} else if (*glob) {
			any = true;
			wanted |= fits(glob, text, other);
		}
	}
	return wanted || !any;
}

/* ---- in words ---- */

static void format_seconds(double s, char *buf, size_t sz)
{
	static const struct {
		double s;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	size_t i = 0;
	double whole, rest;

	if (s < 1) {
		snprintf(buf, sz, "%.0f ms", s * 1000);
		return;
	}
	while (i < 3 && s < units[i].s)
		i++;
	whole = floor(s / units[i].s + 1e-9);
	rest = i < 3 ? floor((s - whole * units[i].s) / units[i + 1].s + 1e-9) : 0;
	if (rest > 0)
		snprintf(buf, sz, "%.0f %s %.0f %s", whole, units[i].name, rest, units[i + 1].name);
	else
		snprintf(buf, sz, "%.0f %s", whole, units[i].name);
}

void rule__format_value(enum fds_rule_kind kind, double value, char *buf, size_t sz)
{
	switch (rule_kinds[kind].unit) {
	case UNIT_PERCENT:
		/* Rounded down, so that 100% means all of it. */
		snprintf(buf, sz, "%g%%", floor(value * 10 + 1e-9) / 10);
		break;
	case UNIT_DURATION:
		format_seconds(value, buf, sz);
		break;
	default:
		snprintf(buf, sz, "%.0f", value);
		break;
	}
}

static void explain_threshold(const struct rule *r, enum fds_severity severity, FILE *out)
{
	bool critical = severity == FDS_SEVERITY_CRITICAL;
	double clear = critical ? clear_value(&r->critical, &r->critical_clear)
				: clear_value(&r->warn, &r->warn_clear);
	bool rising = rule_kinds[r->kind].rising;
	char at[32], end[32];

	rule__format_value(r->kind, rule__threshold(r, severity), at, sizeof(at));
	fprintf(out, "%s at %s or %s", critical ? "critical" : "warns", at,
		rising ? "more" : "less");
	if (rule_kind__is_event(r->kind))
		return;
	rule__format_value(r->kind, clear, end, sizeof(end));
	fprintf(out, " (until %s or %s)", end, rising ? "less" : "more");
}

static void explain_subjects(const struct rule *r, FILE *out)
{
	static const char *const all[] = {"Every process", "Every user", "The host"};
	const char *between = "Processes with ";
	bool any = false;

	if (rule_kinds[r->kind].subject == SUBJECT_USER)
		between = "Users with ";
	for (enum rule_field f = 0; f < RULE_FIELD_CNT; f++) {
		if (!rule__asks(r, f))
			continue;
		fprintf(out, "%s%s %s", between, rule_field_names[f], r->match[f]);
		between = " and ";
		any = true;
	}
	if (!any)
		fputs(all[rule_kinds[r->kind].subject], out);
}

static void explain_telling(const struct rule *r, FILE *out)
{
	char text[32];

	if (r->for_ns) {
		format_seconds(r->for_ns / 1e9, text, sizeof(text));
		fprintf(out, "; only if it lasts %s", text);
	}
	if (rule_kind__is_event(r->kind)) {
		format_seconds(r->clear_after_ns / 1e9, text, sizeof(text));
		fprintf(out, "; ends when none came for %s", text);
	}
	if (!strcmp(r->hooks, "none"))
		fputs(". Runs no hook", out);
	else if (!strcmp(r->hooks, "all"))
		fputs(". Runs every hook", out);
	else
		fprintf(out, ". Runs %s", r->hooks);
	if (r->repeat_ns) {
		format_seconds(r->repeat_ns / 1e9, text, sizeof(text));
		fprintf(out, ", again every %s while it lasts", text);
	}
	if (r->raise_soft)
		fprintf(out, ". When critical, raises the soft limit, to %u at most",
			r->raise_ceiling);
	if (r->silent_until_s) {
		struct tm tm;
		char when[32];

		gmtime_r(&(time_t){r->silent_until_s}, &tm);
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
		fprintf(out, ". Silent until %s UTC", when);
	}
}

void rule__explain(const struct rule *r, FILE *out)
{
	fprintf(out, "%s: ", r->name);
	explain_subjects(r, out);
	if (!r->enabled) {
		fprintf(out, ": no alarm of kind %s.", rule_kinds[r->kind].name);
		return;
	}
	fprintf(out, ": %s", rule_kinds[r->kind].what);
	if (!is_set(&r->warn) && !is_set(&r->critical)) {
		fputs(": idle, since neither warn nor critical is set.", out);
		return;
	}
	fputs(": ", out);
	if (is_set(&r->warn))
		explain_threshold(r, FDS_SEVERITY_WARN, out);
	if (is_set(&r->warn) && is_set(&r->critical))
		fputs(", ", out);
	if (is_set(&r->critical))
		explain_threshold(r, FDS_SEVERITY_CRITICAL, out);
	explain_telling(r, out);
	fputs(".", out);
}
