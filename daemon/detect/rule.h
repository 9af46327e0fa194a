/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule of alerts: what it looks at, whom it is about, from where on it alarms and where that
 * ends.  It owns nothing and is copied as it is.  Of all rules of one kind the last one that
 * matches a subject decides; the built-in ones come first.
 */
#ifndef FDSCOPE_RULE_H
#define FDSCOPE_RULE_H

#include "fdscope/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RULE_NAME_SZ  32
#define RULE_GLOBS_SZ 128 /* bytes of the patterns for one field */
#define RULE_WHERE_SZ 128
#define RULE_CNT_MAX  32 /* built-in ones included */
#define RULE_HOOK_MAX 16 /* hooks that rules can name */

enum rule_unit { UNIT_NONE, UNIT_PERCENT, UNIT_COUNT, UNIT_DURATION, UNIT_BY_KIND };

#define RULE_FOR_BY_KIND UINT64_MAX /* of for_ns: as the built-in rule of that kind has it */
enum rule_subject { SUBJECT_PROCESS, SUBJECT_USER, SUBJECT_HOST };

/* X(id, name): what a rule can pick subjects by.  Users have USER alone, the host nothing. */
#define RULE_FIELDS(X)                                                                             \
	X(COMM, "comm")                                                                            \
	X(EXE, "exe")                                                                              \
	X(UNIT, "unit")                                                                            \
	X(USER, "user")                                                                            \
	X(CGROUP, "cgroup")                                                                        \
	X(CONTAINER, "container")                                                                  \
	X(CAUSE, "cause")                                                                          \
	X(HAZARD, "hazard")

enum rule_field {
#define X(id, name) RULE_FIELD_##id,
	RULE_FIELDS(X)
#undef X
		RULE_FIELD_CNT
};

struct threshold {
	double value;  /* per cent, a number, or seconds */
	uint32_t unit; /* enum rule_unit; NONE: there is none; BY_KIND: see rule__complete() */
	uint32_t pad;
};

struct rule {
	char name[RULE_NAME_SZ];
	uint32_t kind; /* enum fds_rule_kind; FDS_RULE_CNT: not said yet */
	uint32_t built_in;
	uint32_t enabled;		 /* a rule that is not exempts what it matches */
	uint32_t raise_soft;		 /* 1: raise the soft limit when it becomes critical */
	struct threshold warn, critical; /* alarm from here on */
	/* Until here an alarm stays; unset: 5 points of 100, a twentieth, of time a quarter away.
	 */
	struct threshold warn_clear, critical_clear;
	uint64_t for_ns;	 /* how long the value must be beyond a threshold first */
	uint64_t repeat_ns;	 /* tell again so often while it lasts; 0: never */
	uint64_t clear_after_ns; /* of events: it ends when so long none came */
	int64_t silent_until_s;	 /* UTC; nothing is told before; 0: always told */
	/* Patterns of fnmatch(3), blanks between; "!" in front excludes.  Empty: any. */
	char match[RULE_FIELD_CNT][RULE_GLOBS_SZ];
	char hooks[RULE_GLOBS_SZ]; /* "all", "none", or names with blanks between */
	uint32_t hook_mask;	   /* what that means: bits 1 << index in the config's hooks */
	uint32_t raise_ceiling;	   /* raise_soft never goes above it */
	char where[RULE_WHERE_SZ]; /* "PATH:LINE" where it was last written of; "": nowhere */
};

/* A rule of this name with nothing decided but common defaults. */
void rule__init(struct rule *r, const char *name);
/* The built-in rules with their defaults; returns how many. */
size_t rule__fill_built_in(struct rule *rules, size_t max);

/*
 * What was not said is as in the built-in rule of that kind, but for what would contradict what
 * was: a rule that warns at 97 % of what is critical at 95 % is never critical.
 */
void rule__complete(struct rule *r);

/* Contradictions: -EINVAL and a sentence in *ret_error. */
int rule__check(const struct rule *r, char **ret_error);

/* What the rule does, in words: one paragraph that begins with its name, no line end. */
void rule__explain(const struct rule *r, FILE *out);

/*
 * Whether one field lets through what is called `text` or, NULL: nothing, `other`; both NULL: the
 * subject has no such thing.
 */
bool rule__field_matches(const struct rule *r, enum rule_field field, const char *text,
			 const char *other);
/* Whether it asks for the field at all. */
static inline bool rule__asks(const struct rule *r, enum rule_field field)
{
	return r->match[field][0];
}

/* The severity that a value has, given the one that it has so far (hysteresis). */
enum fds_severity rule__judge(const struct rule *r, double value, enum fds_severity now);
/* The threshold that severity stands for; NAN: none. */
double rule__threshold(const struct rule *r, enum fds_severity severity);

struct rule_kind_info {
	const char *name;
	enum rule_unit unit;
	enum rule_subject subject;
	bool rising;
	const char *what;
};

extern const struct rule_kind_info rule_kinds[FDS_RULE_CNT];

/* Counted as they come: no pass has a value of these, and they end when none came for a while. */
static inline bool rule_kind__is_event(enum fds_rule_kind kind)
{
	return kind == FDS_RULE_FAILURE || kind == FDS_RULE_HAZARD;
}

extern const char *const rule_field_names[RULE_FIELD_CNT + 1]; /* ended by NULL */
extern const char *const severity_names[FDS_SEVERITY_CNT];
extern const char *const alert_step_names[ALERT_STEP_CNT];

/* "81.2%", "1024", "3 h 5 min": a value in the unit of a kind. */
void rule__format_value(enum fds_rule_kind kind, double value, char *buf, size_t sz);

#endif
